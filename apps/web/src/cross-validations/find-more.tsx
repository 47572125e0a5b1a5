import { JobCard } from "../elements/job-card.js";
import { useAction, usePages } from "../service/queries.js";

/** Looks for what else is wrong with the rows of a run, and leads to what was found before. */
export function FindMore({
  crossValidationId,
  datasetId,
}: {
  readonly crossValidationId: string;
  readonly datasetId: string;
}) {
  const jobs = usePages("listJobs", { query: { kind: "findings", datasetId, limit: 20 } });
  const { run, ...start } = useAction("createFindings", ["listJobs"]);
  return (
    <JobCard
      title="findMoreTitle"
      help="findMoreHelp"
      action="findMore"
      before={jobs.items.filter((job) => job.crossValidationId === crossValidationId)}
      start={(then) => run({ body: { crossValidationId } }, then)}
      {...start}
    />
  );
}
