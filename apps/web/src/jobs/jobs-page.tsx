import { Link } from "@tanstack/react-router";
import {
  isTerminal,
  JOB_KINDS,
  JOB_STATES,
  type Job,
  type JobKind,
  type JobState,
} from "@winnow/contracts";
import { useState } from "react";
import { Button } from "react-aria-components";
import { Choice } from "../elements/fields.js";
import { PageHead } from "../elements/page-head.js";
import { StateTag } from "../elements/parts.js";
import { Fault } from "../elements/problems.js";
import { TableBox } from "../elements/table-box.js";
import { useAll, usePages } from "../service/queries.js";
import { type TextKey, useTexts } from "../texts/texts.js";
import { JobMeter } from "./job-meter.js";

const EVERY_MS = 2_000;

export function JobsPage() {
  const t = useTexts();
  const [state, setState] = useState("");
  const [kind, setKind] = useState("");
  const query = {
    limit: 50,
    ...(state ? { state: state as JobState } : {}),
    ...(kind ? { kind: kind as JobKind } : {}),
  };
  const list = usePages("listJobs", { query }, { everyMs: EVERY_MS });
  return (
    <>
      <PageHead title={t("jobs")}>
        <div className="actions">
          <Link className="button" to="/new/$kind" params={{ kind: JOB_KINDS[0]! }}>
            {t("newJob")}
          </Link>
        </div>
      </PageHead>
      <section className="card">
        <div className="fields">
          <Choice
            label={t("state")}
            value={state}
            onChange={setState}
            options={[["", t("allStates")], ...named(JOB_STATES, "state", t)]}
          />
          <Choice
            label={t("kind")}
            value={kind}
            onChange={setKind}
            options={[["", t("allKinds")], ...JOB_KINDS.map((one) => [one, t.kind(one)] as const)]}
          />
        </div>
      </section>
      <section className="card">
        {list.error && <Fault error={list.error} retry={() => list.refetch()} />}
        {list.isSuccess && list.items.length === 0 ? (
          <p className="empty">{t("noJobs")}</p>
        ) : (
          <JobTable items={list.items} />
        )}
        {list.hasNextPage && (
          <Button className="button" onPress={() => list.fetchNextPage()}>
            {t("more")}
          </Button>
        )}
      </section>
    </>
  );
}

const named = (values: readonly string[], prefix: string, t: ReturnType<typeof useTexts>) =>
  values.map((value) => [value, t(`${prefix}-${value}` as TextKey)] as const);

function JobTable({ items }: { readonly items: readonly Job[] }) {
  const t = useTexts();
  const { data: datasets = [] } = useAll("listDatasets", {});
  const names = new Map(datasets.map(({ id, name }) => [id, name]));
  return (
    <TableBox label={t("jobs")}>
      <table>
        <thead>
          <tr>
            <th>{t("kind")}</th>
            <th>{t("state")}</th>
            <th>{t("dataset")}</th>
            <th className="wide">{t("created")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((job) => (
            <tr key={job.id}>
              <td>
                <Link to="/jobs/$id" params={{ id: job.id }}>
                  {t.kind(job.kind)}
                </Link>
              </td>
              <td>
                <StateTag state={job.state} />
                {!isTerminal(job.state) && <JobMeter job={job} thin />}
              </td>
              <td className="theirs">
                {job.datasetId && (
                  <Link to="/datasets/$id" params={{ id: job.datasetId }}>
                    {names.get(job.datasetId) ?? t("dataset")}
                  </Link>
                )}
              </td>
              <td className="nowrap wide">{t.time(job.createdAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
