import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { type Client, createClient } from "@winnow/client";
import {
  type DatasetFormat,
  type FoldTrainingParams,
  type Job,
  PruningOptions,
} from "@winnow/contracts";
import { DEMO_FORMAT, DEMO_SET_FILE, demoCsv, demoSet } from "@winnow/demo-set";
import type { z } from "zod";
import { folderSize } from "../files/folder-size.js";
import { uploadFile } from "../files/upload-file.js";
import { printWarnings } from "../jobs/print-warnings.js";
import { progressOf, watchJob } from "../jobs/watch-job.js";
import { withPlatform } from "../platform/platform.js";
import { Interrupted } from "../terminal/failure.js";
import { note } from "../terminal/output.js";
import type { Step, Steps } from "../terminal/steps.js";
import { bytes, count, percent } from "../terminal/text.js";
import { compareRuns, type ModelRun } from "./compare.js";
import { keepResults } from "./keep-results.js";
import { lookAtFile } from "./look-at-file.js";
import { reportLines } from "./print-report.js";
import { collectReport, type DemoReport } from "./report.js";
import { saveResults } from "./save-results.js";

export interface DemoOptions {
  /** A file of the caller's own; without it the demo set. */
  readonly input?: { readonly file: string; readonly format: DatasetFormat };
  readonly folds: number;
  /** Default: 2 for the demo set, 1 for a file. */
  readonly epochs?: number;
  /** Default: a temporary folder, removed at the end unless `keep`. */
  readonly dataDir?: string;
  readonly out: string;
  readonly keep: boolean;
  /** Write over results of an earlier run in `out`. */
  readonly force: boolean;
  /** Whether to ask for that where there is a terminal. */
  readonly mayAsk: boolean;
  readonly logLevel: string;
  /** For a data folder whose service asks for one. */
  readonly apiKey?: string;
}

const SEED = 1;

/**
 * Starts all of Winnow, takes a file through ingest, training and pruning, saves report and exports
 * in `out`, and stops everything. Looks at the file before anything starts. A temporary folder is
 * removed however it ends, unless it is to be kept.
 */
export async function runDemo(
  options: DemoOptions,
  steps: Steps,
  signal: AbortSignal,
): Promise<DemoReport> {
  const out = resolve(options.out);
  if (options.input) await lookAtFile(options.input.file, options.input.format);
  const { force, mayAsk, input } = options;
  await keepResults({ out, force, mayAsk, file: input?.file }, signal);
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "winnow-demo-"));
  const isOurs = options.dataDir === undefined;
  try {
    return await runIn(options, dataDir, out, steps, signal);
  } catch (error) {
    if (isOurs && !options.keep && !(error instanceof Interrupted)) {
      note("with --keep, data and logs stay to be looked at");
    }
    throw error;
  } finally {
    if (isOurs && !options.keep) rmSync(dataDir, { recursive: true, force: true });
    else note(`data kept; look around with: winnow up --data ${dataDir}`);
  }
}

async function runIn(
  options: DemoOptions,
  dataDir: string,
  out: string,
  steps: Steps,
  signal: AbortSignal,
): Promise<DemoReport> {
  const startedAt = performance.now();
  const { folds } = options;
  const input = options.input ?? writeDemoSet(out);
  const epochs = options.epochs ?? (options.input === undefined ? 2 : 1);
  const name = basename(input.file);
  steps.print(
    `Winnow demo: ${name}, ${folds} folds, ${epochs} ${epochs === 1 ? "epoch" : "epochs"}`,
  );
  steps.print("");

  const start = steps.begin("start");
  const platform = {
    dataDir,
    port: 0,
    logLevel: options.logLevel,
    durability: options.dataDir === undefined ? ("fast" as const) : ("safe" as const),
    onEvent: (text: string) => start.report({ share: 0, text }),
  };
  let stop: Step | undefined;
  const report = await withPlatform(platform, signal, async ({ url, backend }, signal) => {
    start.done(`Postgres, Redis, worker and API are up, training on ${backend}`);
    const client = createClient(url, { apiKey: options.apiKey });

    const upload = await steps.run("upload", async () => {
      const value = await uploadFile(client, input.file, signal);
      return { summary: `${name}, ${bytes(value.bytes)}`, value };
    });

    const ingest = await steps.run("ingest", async (report) => {
      const posted = await client.call("createDatasetIngest", {
        body: { name, source: { type: "upload", uploadId: upload.id }, format: input.format },
        signal,
      });
      const value = await watchJob(client, posted.id, signal, (job) => report(progressOf(job)));
      const id = String(posted.datasetId);
      const { rows, classes, rejected } = await client.call("getDataset", { params: { id } });
      const summary = `${count(rows ?? 0)} rows in ${classes} classes, ${count(rejected ?? 0)} rejected`;
      return { summary, value };
    });
    printWarnings(ingest, steps);
    const datasetId = String(ingest.datasetId);

    const flags = (job: Job) => `${count(Number(job.result?.flagged))} labels flagged`;
    const quick = await steps.run("quick", async (report) => {
      const before = performance.now();
      const asked = { datasetId, seed: SEED, model: { kind: "quick" as const } };
      const training = await train(client, asked, signal, report);
      const pruning = await pruningOf(client, training, signal, report);
      const value = modelRun("quick", training, pruning, performance.now() - before);
      return { summary: `the quick model alone, ${flags(pruning)}`, value };
    });

    const trainedAt = performance.now();
    const training = await steps.run("training", async (report) => {
      const asked = { datasetId, folds, seed: SEED, training: { epochs } };
      const value = await train(client, asked, signal, report);
      const accuracy = percent(Number(value.result?.accuracy));
      return { summary: `${folds} folds, held-out accuracy ${accuracy}`, value };
    });

    const pruning = await steps.run("pruning", async (report) => {
      const value = await pruningOf(client, training, signal, report);
      return { summary: flags(value), value };
    });
    const full = modelRun("full", training, pruning, performance.now() - trainedAt);

    const report = await steps.run("results", async () => {
      const ids = {
        datasetId,
        crossValidationId: String(training.crossValidationId),
        pruningId: String(pruning.pruningId),
      };
      const files = await saveResults(
        client,
        ids,
        out,
        options.input ? "as-the-file" : "jsonl",
        signal,
      );
      const comparison = await compareRuns(client, [quick, full], signal);
      const known = { file: input.file, files, epochs, comparison };
      const value = await collectReport(client, ids, known, signal);
      return { summary: "report and exports saved", value };
    });
    stop = steps.begin("stop");
    return report;
  }).catch((error: unknown) => {
    start.fail();
    stop?.fail();
    throw error;
  });
  const room = bytes(await folderSize(dataDir));
  const isLeft = options.dataDir !== undefined || options.keep;
  stop?.done(`everything is stopped  ${room} of ${isLeft ? "data" : "temporary data removed"}`);
  const whole = { ...report, seconds: Math.round((performance.now() - startedAt) / 100) / 10 };
  writeFileSync(whole.files.report, `${JSON.stringify(whole, null, 2)}\n`);
  writeFileSync(whole.files.readable, `${reportLines(whole, 120).join("\n")}\n`);
  return whole;
}

type Report = (progress: ReturnType<typeof progressOf>) => void;
type Training = Omit<z.input<typeof FoldTrainingParams>, "pruning">;

/** Trains and waits; the job's result names the pruning that comes after it. */
async function train(
  client: Client,
  asked: Training,
  signal: AbortSignal,
  report: Report,
): Promise<Job> {
  const body = { ...asked, pruning: PruningOptions.parse({}) };
  const { id } = await client.call("createFoldTraining", { body, signal });
  return watchJob(client, id, signal, (now) => report(progressOf(now)));
}

const pruningOf = (client: Client, training: Job, signal: AbortSignal, report: Report) =>
  watchJob(client, String(training.result?.pruningJobId), signal, (now) => report(progressOf(now)));

const modelRun = (
  model: ModelRun["model"],
  training: Job,
  pruning: Job,
  milliseconds: number,
): ModelRun => ({
  model,
  crossValidationId: String(training.crossValidationId),
  pruningId: String(pruning.pruningId),
  seconds: Math.round(milliseconds / 100) / 10,
});

function writeDemoSet(out: string) {
  mkdirSync(out, { recursive: true });
  const file = join(out, DEMO_SET_FILE);
  writeFileSync(file, demoCsv(demoSet()));
  return { file, format: DEMO_FORMAT };
}
