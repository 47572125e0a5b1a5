import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { isTerminal, type Job } from "@winnow/contracts";
import { useState } from "react";
import { Button } from "react-aria-components";
import { ComparisonCard } from "../comparisons/comparison-card.js";
import { Confirm } from "../elements/dialog.js";
import { PageHead } from "../elements/page-head.js";
import { Loaded, StateTag } from "../elements/parts.js";
import { Fault, ProblemBox } from "../elements/problems.js";
import { ExperimentCard } from "../experiments/experiment-card.js";
import { FindingsCard } from "../findings/findings-card.js";
import { useAction, useJob } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { EventList } from "./event-list.js";
import { FoldList } from "./fold-list.js";
import { JobMeter } from "./job-meter.js";

export function JobPage() {
  const { id } = useParams({ from: "/jobs/$id" });
  const job = useJob(id);
  return <Loaded from={job}>{(data) => <OneJob job={data} />}</Loaded>;
}

function OneJob({ job }: { readonly job: Job }) {
  const t = useTexts();
  const hasFolds = job.tasks.some(({ fold }) => fold !== null);
  return (
    <>
      <PageHead
        title={t.kind(job.kind)}
        crumbs={[
          <Link key="jobs" to="/jobs" activeOptions={{ exact: true }}>
            {t("jobs")}
          </Link>,
        ]}
      >
        <StateTag state={job.state} />
        <Actions job={job} />
      </PageHead>
      {job.error && <ProblemBox problem={job.error} />}
      <section className="card">
        <JobMeter job={job} />
        <Results job={job} />
      </section>
      {job.kind === "experiment" && <ExperimentCard job={job} />}
      {job.kind === "comparison" && <ComparisonCard job={job} />}
      {job.kind === "findings" && <FindingsCard job={job} />}
      {hasFolds && (
        <section className="card">
          <h2>{t("folds")}</h2>
          <FoldList job={job} />
        </section>
      )}
      <section className="card">
        <h2>{t("events")}</h2>
        <EventList jobId={job.id} />
      </section>
      <section className="card">
        <details>
          <summary>{t("settings")}</summary>
          <pre className="code theirs">{JSON.stringify(job.params, null, 2)}</pre>
        </details>
        <p className="small dim">
          <code>{job.id}</code> · {t("created")} {t.time(job.createdAt)} · {t("started")}{" "}
          {t.time(job.startedAt)} · {t("finished")} {t.time(job.finishedAt)}
        </p>
      </section>
    </>
  );
}

/** Links to what the job has made, or works on. */
function Results({ job }: { readonly job: Job }) {
  const t = useTexts();
  const hasFlags = job.pruningId !== null && (job.kind !== "pruning" || job.state === "succeeded");
  return (
    <div className="actions" style={{ marginTop: 10 }}>
      {job.datasetId && (
        <Link className="button small" to="/datasets/$id" params={{ id: job.datasetId }}>
          {t("seeDataset")}
        </Link>
      )}
      {job.crossValidationId && (
        <Link
          className="button small"
          to="/cross-validations/$id"
          params={{ id: job.crossValidationId }}
        >
          {t("seeRun")}
        </Link>
      )}
      {hasFlags && job.pruningId && (
        <Link className="button small main" to="/prunings/$id" params={{ id: job.pruningId }}>
          {t("seePruning")}
        </Link>
      )}
    </div>
  );
}

function Actions({ job }: { readonly job: Job }) {
  const t = useTexts();
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const cancel = useAction("cancelJob", ["getJob", "listJobs"]);
  const retry = useAction("retryJob", ["listJobs"]);
  const fault = cancel.error ?? retry.error;
  const mayRetry = job.state === "failed" || job.state === "cancelled";
  return (
    <div className="actions">
      {!isTerminal(job.state) && (
        <Button
          className="button danger"
          isDisabled={job.state === "cancelling"}
          onPress={() => setAsking(true)}
        >
          {t("cancel")}
        </Button>
      )}
      {mayRetry && (
        <Button
          className="button main"
          isDisabled={retry.isPending}
          onPress={() =>
            retry.run({ params: { id: job.id } }, ({ id }) =>
              navigate({ to: "/jobs/$id", params: { id } }),
            )
          }
        >
          {t("retry")}
        </Button>
      )}
      <Confirm
        title={t("cancelTitle")}
        help={t("cancelHelp")}
        action={t("cancel")}
        keep={t("keepRunning")}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={() => cancel.run({ params: { id: job.id } })}
      />
      {fault && <Fault error={fault} />}
    </div>
  );
}
