import { Link, useParams } from "@tanstack/react-router";
import type { CallOutput } from "@winnow/client";
import type { CrossValidation } from "@winnow/contracts";
import { useMemo, useState } from "react";
import { Curves } from "../charts/curves.js";
import { DatasetLink } from "../elements/dataset-link.js";
import { PageHead } from "../elements/page-head.js";
import { Figures, Loaded, StateTag } from "../elements/parts.js";
import { Warnings } from "../elements/problems.js";
import { TableBox } from "../elements/table-box.js";
import { JobForm } from "../forms/job-form.js";
import type { JsonObject } from "../forms/schema-node.js";
import { useCall, usePages } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { FindMore } from "./find-more.js";
import { Judgement } from "./judgement.js";

const EVERY_MS = 2_000;
const APART = ["crossValidationId"];
const NONE: readonly FoldItem[] = [];
type FoldItem = CallOutput<"listFolds">["data"][number];

export function CrossValidationPage() {
  const { id } = useParams({ from: "/cross-validations/$id" });
  const run = useCall(
    "getCrossValidation",
    { params: { id } },
    { everyMs: (data) => (data?.state === "training" ? EVERY_MS : false) },
  );
  return <Loaded from={run}>{(data) => <OneRun run={data} />}</Loaded>;
}

function OneRun({ run }: { readonly run: CrossValidation }) {
  const t = useTexts();
  const { datasetId, state } = run;
  return (
    <>
      <PageHead title={t("run")} crumbs={[<DatasetLink key="dataset" id={datasetId} tab="runs" />]}>
        <StateTag state={state} />
        <div className="actions">
          <Link className="button small" to="/jobs/$id" params={{ id: run.jobId }}>
            {t("job")}
          </Link>
        </div>
      </PageHead>
      <Figures
        items={[
          { name: t("rows"), value: t.number(run.rows) },
          { name: t("classes"), value: t.number(run.classes) },
          { name: t("folds"), value: t.number(run.folds) },
          { name: t("accuracy"), value: t.percent(run.accuracy), more: t("accuracyHelp") },
          ...(run.epochVote.epoch === null
            ? []
            : [{ name: t("epoch"), value: t.number(run.epochVote.epoch), more: t("votedHelp") }]),
        ]}
      />
      <Warnings items={run.warnings} />
      <LearningCurves run={run} />
      {state === "ready" && <Judgement run={run} />}
      {state === "ready" && <FindMore crossValidationId={run.id} datasetId={datasetId} />}
      {state === "ready" && <PruneForm run={run} />}
    </>
  );
}

/** Loss and accuracy on held-out rows, a curve for each fold. */
function LearningCurves({ run }: { readonly run: CrossValidation }) {
  const t = useTexts();
  const isOpen = run.state === "training";
  const folds = useCall(
    "listFolds",
    { params: { id: run.id } },
    { everyMs: () => (isOpen ? EVERY_MS : false) },
  );
  const items = folds.data?.data ?? NONE;
  const { loss, accuracy, epochs } = useMemo(() => {
    const count = Math.max(0, ...items.flatMap(({ epochs: all }) => all.map(({ epoch }) => epoch)));
    const axis = Array.from({ length: count }, (_, i) => i + 1);
    const curve = (key: "heldOutLoss" | "heldOutAccuracy") =>
      items.map((fold) => ({
        name: t("foldName", { fold: fold.fold + 1 }),
        y: axis.map((epoch) => fold.epochs.find((one) => one.epoch === epoch)?.[key] ?? null),
      }));
    return { loss: curve("heldOutLoss"), accuracy: curve("heldOutAccuracy"), epochs: axis };
  }, [items, t]);
  const { format, share } = useMemo(
    () => ({ format: (v: number) => t.number(v, 3), share: (v: number) => t.percent(v, 0) }),
    [t],
  );
  const mark = run.epochVote.epoch;
  return (
    <>
      {epochs.length > 1 && (
        <div className="grid-2">
          <section className="card">
            <h2>{t("lossByEpoch")}</h2>
            {mark !== null && <p className="dim">{t("voted", { epoch: mark })}</p>}
            <Curves
              x={epochs}
              xName={t("epoch")}
              curves={loss}
              label={t("lossByEpoch")}
              mark={mark}
              format={format}
            />
          </section>
          <section className="card">
            <h2>{t("accuracyByEpoch")}</h2>
            {mark !== null && <p className="dim">{t("voted", { epoch: mark })}</p>}
            <Curves
              x={epochs}
              xName={t("epoch")}
              curves={accuracy}
              label={t("accuracyByEpoch")}
              mark={mark}
              format={share}
            />
          </section>
        </div>
      )}
      <FoldTable items={items} />
    </>
  );
}

function FoldTable({ items }: { readonly items: readonly FoldItem[] }) {
  const t = useTexts();
  return (
    <section className="card">
      <h2>{t("foldsTable")}</h2>
      <TableBox label={t("foldsTable")}>
        <table>
          <thead>
            <tr>
              <th>{t("folds")}</th>
              <th>{t("state")}</th>
              <th className="number">{t("trainRows")}</th>
              <th className="number">{t("testRows")}</th>
              <th className="number">{t("loss")}</th>
              <th className="number">{t("accuracy")}</th>
              <th className="number">{t("seconds")}</th>
            </tr>
          </thead>
          <tbody>
            {items.map(({ fold, state, trainRows, testRows, loss, accuracy, seconds }) => (
              <tr key={fold}>
                <td className="nowrap">{t("foldName", { fold: fold + 1 })}</td>
                <td>
                  <StateTag state={state} />
                </td>
                <td className="number">{trainRows === null ? "–" : t.number(trainRows)}</td>
                <td className="number">{testRows === null ? "–" : t.number(testRows)}</td>
                <td className="number">{loss === null ? "–" : t.number(loss, 3)}</td>
                <td className="number">{t.percent(accuracy)}</td>
                <td className="number">{seconds === null ? "–" : t.duration(seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

/** Another pruning of the same probabilities, with settings of its own. */
function PruneForm({ run }: { readonly run: CrossValidation }) {
  const t = useTexts();
  const [value, setValue] = useState<JsonObject>({ crossValidationId: run.id });
  const prunings = usePages("listPrunings", { query: { crossValidationId: run.id } });
  return (
    <section className="card stack">
      <h2>{t("prunings")}</h2>
      <ul>
        {prunings.items.map(({ id, state, flagged, createdAt }) => (
          <li key={id}>
            <Link to="/prunings/$id" params={{ id }}>
              {t.time(createdAt)}
            </Link>{" "}
            {flagged === null ? <StateTag state={state} /> : `${t("flagged")} ${t.number(flagged)}`}
          </li>
        ))}
      </ul>
      <details>
        <summary>{t("findFlags")}</summary>
        <JobForm
          kind="pruning"
          value={value}
          onChange={setValue}
          apart={APART}
          action={t("findFlags")}
        />
      </details>
    </section>
  );
}
