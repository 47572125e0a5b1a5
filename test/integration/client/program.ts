// What package.test.ts compiles and runs against the packed client: a person's work, in one object.
import { createHmac, randomBytes } from "node:crypto";
import {
  allItems,
  createClient,
  type Job,
  TERMINAL_STATES,
  verifyWebhook,
  WaitTimeoutError,
} from "@winnow/client";

const { WINNOW_URL = "", PROXY = "" } = process.env;
const ROWS = 3000;
const client = createClient(WINNOW_URL);
/** Through connections that break. */
const shaky = createClient(PROXY, { retries: 8 });

const rows = Array.from({ length: ROWS }, (_, i) => `the ${i}th title of all,${i % 3}`);
const file = new Blob([["title,label", ...rows].join("\n")]);
const upload = await shaky.uploadFile(file, { partBytes: 16 * 1024 });

const ingest = (labelColumn: string): Promise<Job> =>
  shaky.call("createDatasetIngest", {
    body: {
      name: "titles",
      source: { type: "upload", uploadId: upload.id },
      format: { type: "csv", textColumn: "title", labelColumn },
    },
  });
const { id } = await ingest("label");
const seen: Job[] = [];
const job = await shaky.jobs.wait(id, { onProgress: (now) => seen.push(now) });
if (seen.at(-1)?.state !== job.state) throw new Error("the end was not shown");
const { id: failing } = await ingest("nowhere");
const several = await shaky.jobs.wait([id, failing]);

const datasetId = job.datasetId ?? "";
const params = { id: datasetId };
let found = 0;
for await (const { ordinal } of allItems(shaky, "listSamples", { params, query: { limit: 500 } })) {
  if (ordinal !== found++) throw new Error(`row ${ordinal} is out of order`);
}

/** Nobody here trains: the job stays queued. */
const training = await client.call("createFoldTraining", { body: { datasetId, folds: 2 } });
const nameOf = (error: unknown) => (error instanceof Error ? error.name : String(error));
const late = await client.jobs
  .wait(training.id, { timeoutMs: 500 })
  .catch((error: unknown) => error instanceof WaitTimeoutError && error.name);
const controller = new AbortController();
setTimeout(() => controller.abort(new Error("enough")), 200);
const aborted = await client.jobs
  .wait(training.id, { signal: controller.signal })
  .catch((error: unknown) => error instanceof Error && error.message);
await client.call("cancelJob", { params: { id: training.id } });

const nobody = createClient("http://127.0.0.1:1", { retries: 2 });
const unreachable = await nobody.jobs.wait(id, { patienceMs: 100 }).catch(nameOf);

const secret = randomBytes(32);
const body = JSON.stringify({ type: "job.succeeded", timestamp: "now", data: {} });
const time = `${Math.floor(Date.now() / 1000)}`;
const message = await verifyWebhook(
  body,
  {
    "webhook-id": "msg_1",
    "webhook-timestamp": time,
    "webhook-signature": `v1,${createHmac("sha256", secret).update(`msg_1.${time}.${body}`).digest("base64")}`,
  },
  `whsec_${secret.toString("base64")}`,
);

console.log(
  JSON.stringify({
    upload: upload.received === file.size ? "whole" : upload,
    ingest: job.state,
    several: several.map(({ state }) => state),
    rows: found,
    unreachable,
    late,
    aborted,
    terminal: TERMINAL_STATES,
    webhook: message.type,
  }),
);
