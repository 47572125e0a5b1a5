import { expect, it } from "vitest";
import { JOB_ROUTES } from "../routes/job-routes.js";
import type { Route } from "../routes/route.js";
import { ROUTES } from "../routes/routes.js";
import { type JobDescriptor, WORKER_ROLES } from "./descriptor.js";
import { inputsOf, JOB_KINDS, QUEUES, queueOf, TASK_KINDS } from "./kinds.js";
import { JOBS } from "./table.js";
import { MAX_PAYLOAD_BYTES, TaskPayload } from "./task-payload.js";

const UUID = "01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";
const [datasetId, uploadId, otherUploadId] = [`ds_${UUID}`, `up_${UUID}`, `up_0${UUID.slice(1)}`];
const otherRunId = `cv_1${UUID.slice(1)}`;
const [crossValidationId, pruningId] = [`cv_${UUID}`, `pr_${UUID}`];
const FORMAT = { type: "csv" };

/** A body of every shape that reads something else. */
const READS: readonly [keyof typeof JOBS, object, object][] = [
  [
    "dataset-ingest",
    { name: "a", source: { type: "upload", uploadId }, format: FORMAT },
    { uploads: [uploadId] },
  ],
  [
    "dataset-ingest",
    { name: "a", source: { type: "dataset", datasetId } },
    { datasets: [datasetId] },
  ],
  ["dataset-ingest", { name: "a", source: { type: "path", path: "a.csv" }, format: FORMAT }, {}],
  ["fold-training", { datasetId }, { datasets: [datasetId] }],
  [
    "fold-training",
    { datasetId, training: { softTargets: { type: "upload", uploadId } } },
    { datasets: [datasetId], uploads: [uploadId] },
  ],
  [
    "fold-training",
    { datasetId, training: { softTargets: { type: "upload", uploadId, classes: otherUploadId } } },
    { datasets: [datasetId], uploads: [uploadId, otherUploadId] },
  ],
  [
    "fold-training",
    {
      datasetId,
      model: { checkpoint: { path: "tiny" } },
      training: { softTargets: { type: "pruning", pruningId } },
    },
    { datasets: [datasetId], prunings: [pruningId], checkpoints: ["tiny"] },
  ],
  [
    "probability-import",
    { datasetId, probabilitiesUploadId: uploadId },
    { datasets: [datasetId], uploads: [uploadId] },
  ],
  [
    "probability-import",
    { datasetId, probabilitiesUploadId: uploadId, classes: otherUploadId },
    { datasets: [datasetId], uploads: [uploadId, otherUploadId] },
  ],
  [
    "probability-import",
    {
      datasetId,
      probabilitiesUploadId: uploadId,
      classes: ["a", "b"],
      foldsUploadId: otherUploadId,
    },
    { datasets: [datasetId], uploads: [uploadId, otherUploadId] },
  ],
  [
    "combination",
    { crossValidationIds: [crossValidationId, otherRunId] },
    { crossValidations: [crossValidationId, otherRunId] },
  ],
  ["pruning", { crossValidationId }, { crossValidations: [crossValidationId] }],
  ["comparison", { pruningId }, { prunings: [pruningId] }],
  [
    "comparison",
    { pruningId, testDatasetId: datasetId },
    { prunings: [pruningId], datasets: [datasetId] },
  ],
  ["findings", { crossValidationId }, { crossValidations: [crossValidationId] }],
  ["experiment", { datasetId }, { datasets: [datasetId] }],
  [
    "experiment",
    {
      datasetId,
      noises: [{ type: "symmetric" }, { type: "pair" }, { type: "matrix", pruningId }],
      model: { checkpoint: { path: "tiny" } },
    },
    { datasets: [datasetId], prunings: [pruningId], checkpoints: ["tiny"] },
  ],
];

it.each(READS)("%s %j reads %j", (kind, body, reads) => {
  const inputs = inputsOf(kind, JOBS[kind].params.parse(body));
  expect(Object.fromEntries(Object.entries(inputs).filter(([, ids]) => ids.length > 0))).toEqual(
    reads,
  );
});

it("every id in the parameters of a job is an input", () => {
  for (const [kind, body] of READS) {
    const ids = JSON.stringify(body).match(/"[a-z]+_[0-9a-f-]{36}"/g) ?? [];
    const inputs = JSON.stringify(inputsOf(kind, JOBS[kind].params.parse(body)));
    for (const id of ids) expect(inputs).toContain(id);
  }
});

it("every kind is POSTed to its own path", () => {
  for (const kind of JOB_KINDS) {
    const routes = Object.values<Route>(ROUTES).filter(({ path }) => path === `/v1/jobs/${kind}`);
    expect(routes).toMatchObject([{ method: "POST", scope: "write", body: JOBS[kind].params }]);
  }
  expect(Object.keys(JOB_ROUTES)).toEqual([
    "createCombination",
    "createDatasetIngest",
    "createFoldTraining",
    "createProbabilityImport",
    "createPruning",
    "createExperiment",
    "createComparison",
    "createFindings",
  ]);
});

it("a task kind belongs to one kind of job, and a queue to one role", () => {
  const tasks = Object.values<JobDescriptor>(JOBS).flatMap((job) => Object.entries(job.tasks));
  expect(tasks.map(([kind]) => kind).sort()).toEqual([...TASK_KINDS].sort());
  for (const [, { queues }] of tasks) {
    for (const [queue, role] of Object.entries(queues)) {
      expect(QUEUES.get(queue)).toBe(role);
      expect(WORKER_ROLES).toContain(role);
    }
  }
});

it("every kind has a task kind and a queue of its own name", () => {
  for (const kind of JOB_KINDS) {
    expect(Object.keys(JOBS[kind].tasks)).toContain(kind);
    expect(queueOf(kind, {})).toBe(kind);
  }
});

it("a payload holds ids only and stays far below its limit", () => {
  const payload = { jobId: `job_${UUID}`, taskId: `task_${UUID}`, delivery: 999_999 };
  expect(TaskPayload.parse(payload)).toEqual(payload);
  expect(JSON.stringify(payload).length).toBeLessThan(MAX_PAYLOAD_BYTES);
  expect(TaskPayload.safeParse({ ...payload, text: "a sample" }).success).toBe(false);
});
