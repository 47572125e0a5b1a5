import { JobCard } from "../elements/job-card.js";
import { useAction, usePages } from "../service/queries.js";

/** Asks what cleaning is worth to the next model, and leads to what was found before. */
export function CompareCard({
  pruningId,
  datasetId,
}: {
  readonly pruningId: string;
  readonly datasetId: string;
}) {
  const jobs = usePages("listJobs", { query: { kind: "comparison", datasetId, limit: 20 } });
  const { run, ...start } = useAction("createComparison", ["listJobs"]);
  return (
    <JobCard
      title="compareTitle"
      help="compareHelp"
      action="compare"
      before={jobs.items.filter((job) => job.pruningId === pruningId)}
      start={(then) => run({ body: { pruningId } }, then)}
      {...start}
    />
  );
}
