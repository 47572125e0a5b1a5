// The toy's file in packages/store/src/requests, and its line in the table of creators.
import { newId } from "@winnow/store";
import { insertJob } from "../../../packages/store/dist/queue/insert-job.js";
import { CREATORS } from "../../../packages/store/dist/requests/creators.js";
import { holdInputs } from "../../../packages/store/dist/requests/hold-inputs.js";

CREATORS["row-count"] = async (tx, params, ownerId) => {
  await holdInputs(tx, "row-count", params);
  const id = newId("job");
  await insertJob(tx, {
    id,
    kind: "row-count",
    params,
    seed: null,
    datasetId: params.datasetId,
    tasks: [
      { kind: "row-count", fold: null },
      { kind: "row-check", fold: null },
    ],
    ownerId,
  });
  return id;
};
