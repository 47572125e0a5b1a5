import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { Pruning } from "@winnow/contracts";
import { useCallback, useEffect, useRef } from "react";
import { DatasetLink } from "../elements/dataset-link.js";
import { noiseFigure } from "../elements/noise-figure.js";
import { PageHead } from "../elements/page-head.js";
import { type FigureProps, Figures, Loaded, StateTag } from "../elements/parts.js";
import { Warnings } from "../elements/problems.js";
import { JobMeter } from "../jobs/job-meter.js";
import { useCall, useJob } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { ClassNoise } from "./class-noise.js";
import { CompareCard } from "./compare-card.js";
import { ExportCard } from "./export-card.js";
import { FlagList } from "./flag-list.js";
import { JointCard } from "./joint-card.js";
import { Pairs } from "./pairs.js";
import { ReviewLink } from "./review-link.js";
import { SampleCard } from "./sample-card.js";
import { Stages } from "./stages.js";
import { VersionCard } from "./version-card.js";

const EVERY_MS = 1_000;

export function PruningPage() {
  const { id } = useParams({ from: "/prunings/$id" });
  const pruning = useCall(
    "getPruning",
    { params: { id } },
    { everyMs: (data) => (data?.state === "pending" ? EVERY_MS : false) },
  );
  return <Loaded from={pruning}>{(data) => <OnePruning pruning={data} />}</Loaded>;
}

function OnePruning({ pruning }: { readonly pruning: Pruning }) {
  const t = useTexts();
  const { datasetId, crossValidationId, state } = pruning;
  const dataset = useCall("getDataset", { params: { id: datasetId } });
  return (
    <>
      <PageHead
        title={t("doubtfulLabels")}
        crumbs={[
          <DatasetLink key="dataset" id={datasetId} />,
          <Link key="run" to="/cross-validations/$id" params={{ id: crossValidationId }}>
            {t("run")}
          </Link>,
        ]}
      >
        <StateTag state={state} />
        {state === "ready" && (
          <div className="actions">
            <ReviewLink pruningId={pruning.id} text={t("reviewFlags")} />
          </div>
        )}
      </PageHead>
      {state === "ready" ? (
        <Ready pruning={pruning} datasetName={dataset.data?.name ?? ""} />
      ) : (
        <Waiting jobId={pruning.jobId} />
      )}
    </>
  );
}

function Waiting({ jobId }: { readonly jobId: string }) {
  const job = useJob(jobId);
  return <section className="card">{job.data && <JobMeter job={job.data} />}</section>;
}

function Ready({
  pruning,
  datasetName,
}: {
  readonly pruning: Pruning;
  readonly datasetName: string;
}) {
  const { id, datasetId, report } = pruning;
  const cell = useSearch({ from: "/prunings/$id" });
  const navigate = useNavigate({ from: "/prunings/$id" });
  const flags = useRef<HTMLElement>(null);
  const isCell = cell.given !== undefined || cell.suggested !== undefined;
  const choose = useCallback(
    (given: string, suggested: string) =>
      void navigate({ search: { given, suggested }, resetScroll: false }),
    [navigate],
  );
  useEffect(() => {
    if (isCell) flags.current?.scrollIntoView({ block: "start" });
  }, [isCell]);
  return (
    <>
      <Head pruning={pruning} />
      <Warnings items={report?.warnings ?? []} />
      <div className="grid-2">
        <JointCard pruningId={id} rows={report?.counts.rows} onChoose={choose} />
        <div className="stack">
          <Pairs pruningId={id} onChoose={choose} />
          <Stages report={report} />
        </div>
      </div>
      <ClassNoise pruningId={id} />
      <section className="card" ref={flags}>
        <FlagList
          pruningId={id}
          cell={cell}
          onAll={() => void navigate({ search: {}, resetScroll: false })}
        />
      </section>
      <div className="grid-2">
        <ExportCard pruningId={id} datasetName={datasetName} />
        <VersionCard pruningId={id} datasetName={datasetName} />
        <SampleCard pruningId={id} datasetId={datasetId} />
        <CompareCard pruningId={id} datasetId={datasetId} />
      </div>
    </>
  );
}

function Head({ pruning }: { readonly pruning: Pruning }) {
  const t = useTexts();
  const { flagged, report } = pruning;
  const truth = report?.truth;
  const items: FigureProps[] = [
    { name: t("flagged"), value: t.number(flagged ?? 0), help: t("flaggedHelp") },
    noiseFigure(pruning, t),
  ];
  if (truth) {
    items.push({ name: t("precision"), value: t.percent(truth.precision), more: t("truthHelp") });
    items.push({ name: t("recall"), value: t.percent(truth.recall), more: t("truthHelp") });
  }
  return <Figures items={items} />;
}
