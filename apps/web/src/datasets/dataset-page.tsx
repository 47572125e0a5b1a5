import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { Dataset } from "@winnow/contracts";
import { useState } from "react";
import { Button } from "react-aria-components";
import { Confirm } from "../elements/dialog.js";
import { noiseFigure } from "../elements/noise-figure.js";
import { PageHead } from "../elements/page-head.js";
import { Figures, Loaded, StateTag } from "../elements/parts.js";
import { Fault, ProblemBox } from "../elements/problems.js";
import { JobMeter } from "../jobs/job-meter.js";
import { useAction, useCall, useJob, usePages } from "../service/queries.js";
import { type TextKey, useTexts } from "../texts/texts.js";
import { Overview } from "./overview.js";
import { Rejects } from "./rejects.js";
import { Runs } from "./runs.js";
import { Samples } from "./samples.js";
import { TrainForm } from "./train-form.js";
import { Versions } from "./versions.js";

const TABS = ["overview", "runs", "versions", "rejects", "samples"] as const;
const EVERY_MS = 1_000;

export function DatasetPage() {
  const { id } = useParams({ from: "/datasets/$id" });
  const dataset = useCall(
    "getDataset",
    { params: { id } },
    { everyMs: (data) => (data?.state === "ingesting" ? EVERY_MS : false) },
  );
  return <Loaded from={dataset}>{(data) => <OneDataset dataset={data} />}</Loaded>;
}

function OneDataset({ dataset }: { readonly dataset: Dataset }) {
  const t = useTexts();
  const { id, state } = dataset;
  return (
    <>
      <PageHead
        title={dataset.name}
        isTheirs
        crumbs={[
          <Link key="datasets" to="/datasets" activeOptions={{ exact: true }}>
            {t("datasets")}
          </Link>,
        ]}
      >
        <StateTag state={state} />
        <DeleteButton datasetId={id} />
      </PageHead>
      {state === "ready" ? <Ready dataset={dataset} /> : <Ingest datasetId={id} />}
    </>
  );
}

function Ready({ dataset }: { readonly dataset: Dataset }) {
  const t = useTexts();
  const { id } = dataset;
  const { tab = "overview" } = useSearch({ from: "/datasets/$id" });
  const runs = usePages("listCrossValidations", { query: { datasetId: id } });
  const prunings = usePages("listPrunings", { query: { datasetId: id, state: "ready" } });
  const [latest] = prunings.items;
  const reviews = useCall(
    "getReviewReport",
    { params: { id: latest?.id ?? "" } },
    { enabled: latest !== undefined },
  );
  const { confirmed = 0, rejected = 0, unsure = 0 } = reviews.data ?? {};
  const share = (value: number | null) => (value === null ? "–" : t.number(value));
  return (
    <>
      <Figures
        items={[
          { name: t("rows"), value: share(dataset.rows) },
          { name: t("classes"), value: share(dataset.classes) },
          { name: t("rejected"), value: share(dataset.rejected) },
          noiseFigure(latest, t),
          {
            name: t("reviewed"),
            value: reviews.data ? t.number(confirmed + rejected + unsure) : "–",
          },
          {
            name: t("flagged"),
            value: share(latest?.flagged ?? null),
            ...(latest
              ? {
                  more: (
                    <Link to="/prunings/$id" params={{ id: latest.id }}>
                      {t("open")}
                    </Link>
                  ),
                }
              : {}),
          },
        ]}
      />
      {runs.isSuccess && runs.items.length === 0 && <TrainForm datasetId={id} />}
      <nav className="tabs" aria-label={dataset.name}>
        {TABS.map((name) => (
          <Link
            key={name}
            to="/datasets/$id"
            params={{ id }}
            search={name === "overview" ? {} : { tab: name }}
            replace
            // Of the same address, only the tab that is open is the present one.
            activeOptions={{ exact: true, includeSearch: true }}
            aria-current={name === tab ? "page" : undefined}
          >
            {t(name as TextKey)}
          </Link>
        ))}
      </nav>
      {tab === "overview" && <Overview datasetId={id} />}
      {tab === "runs" && <Runs datasetId={id} />}
      {tab === "versions" && <Versions dataset={dataset} />}
      {tab === "rejects" && <Rejects datasetId={id} />}
      {tab === "samples" && <Samples datasetId={id} />}
    </>
  );
}

/** A dataset that is being read, or whose file could not be. */
function Ingest({ datasetId }: { readonly datasetId: string }) {
  const t = useTexts();
  const jobs = usePages("listJobs", { query: { datasetId, kind: "dataset-ingest", limit: 1 } });
  const job = useJob(jobs.items[0]?.id);
  if (!job.data) return <p className="empty">{t("loading")}</p>;
  const { error, id } = job.data;
  return (
    <section className="card">
      <h2>{t("reading")}</h2>
      {error ? <ProblemBox problem={error} /> : <JobMeter job={job.data} />}
      <Link to="/jobs/$id" params={{ id }}>
        {t("job")}
      </Link>
    </section>
  );
}

function DeleteButton({ datasetId }: { readonly datasetId: string }) {
  const t = useTexts();
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const params = { id: datasetId };
  const goes = useCall("getDatasetDeletion", { params }, { enabled: isAsking });
  const remove = useAction("deleteDataset", ["listDatasets", "listJobs"]);
  return (
    <div className="actions">
      <Button className="button small bare" onPress={() => setAsking(true)}>
        {t("delete")}
      </Button>
      <Confirm
        title={t("deleteTitle")}
        help={t("deleteHelp", {
          runs: goes.data?.crossValidations.length ?? 0,
          prunings: goes.data?.prunings.length ?? 0,
        })}
        action={t("delete")}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.run({ params }, () => navigate({ to: "/datasets" }))}
      />
      {remove.error && <Fault error={remove.error} />}
    </div>
  );
}
