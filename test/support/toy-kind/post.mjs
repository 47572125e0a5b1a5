// The toy's file in apps/api/src/job-kinds, and its line in the table.
import { readDataset } from "@winnow/store";
import { UNKNOWN } from "../../../apps/api/dist/job-kinds/estimate.js";
import { JOB_POSTS } from "../../../apps/api/dist/job-kinds/table.js";

JOB_POSTS["row-count"] = {
  async estimate({ datasetId }, store) {
    const { rows } = await readDataset(store, datasetId);
    return { ...UNKNOWN, rows };
  },
};
