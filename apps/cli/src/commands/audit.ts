import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import type { DatasetFormat, LabelPolicy } from "@winnow/contracts";
import { type Command, Option } from "commander";
import type { OpenVectors } from "../audit/vectors-of-rows.js";
import { cacheFolder, quietTensorFlow, readEnvironment } from "../config.js";
import { ARRAY_HELP, parseArrayPath } from "../files/array-file.js";
import { namesFile, readLabelNames } from "../files/class-names.js";
import { assertOutputs, inFolder } from "../files/output-paths.js";
import { assertFile } from "../files/upload-file.js";
import {
  addFormatOptions,
  type FormatOptions,
  requestedFormat,
} from "../options/format-options.js";
import { addLabelOptions, type LabelOptions, labelPolicy } from "../options/label-options.js";
import { jsonOption } from "../options/service.js";
import { seed, share, wholeNumber } from "../options/values.js";
import { TOP_HELP, WORST_ROWS } from "../report/worst-lines.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { note, print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { openSteps } from "../terminal/steps.js";
import { columnsOf, count, percent } from "../terminal/text.js";
import { guessedFormat } from "./ingest.js";

interface AuditOptions extends FormatOptions, LabelOptions {
  readonly out?: string;
  readonly files: boolean;
  readonly scores?: string;
  readonly evidence?: true;
  readonly findings?: true;
  readonly embeddings?: string;
  readonly embeddingsIds?: string;
  readonly embeddingsUrl?: string;
  readonly embeddingsModel?: string;
  readonly encoder?: string;
  readonly pooling: "mean" | "cls";
  readonly maxLength?: number;
  readonly static?: true;
  readonly script?: "cjk" | "other";
  readonly failAbove?: number;
  readonly top: number;
  readonly seed: number;
  readonly json?: true;
}

/** `winnow audit FILE`: the wrong labels of a file, in seconds and without a service. */
export function addAudit(program: Command): void {
  const command = program
    .command("audit")
    .argument("<file>", "the file to audit, in any format that ingest reads")
    .summary("find wrong labels in a file, no service")
    .description(
      "find the wrong labels of a file in seconds: no service, no training; writes the rows with and without flags beside each other",
    )
    .option("--out <dir>", "where cleaned and noise go (default: <file's name>.audit)")
    .option("--no-files", "write no cleaned and noise files")
    .option("--scores <file>", "write row,score,given,suggested of every row as csv")
    .option("--evidence", "say which words speak for the suggestion, and which for the label")
    .option(
      "--findings",
      "also find near-duplicates whose labels differ, rows that fit no class, weak groups, and labels in order",
    )
    .option("--embeddings <array>", `vectors of the rows, (n, d), of any encoder: ${ARRAY_HELP}`)
    .option(
      "--embeddings-ids <array>",
      `the id of each vector's row, if in another order: ${ARRAY_HELP}`,
    )
    .option(
      "--embeddings-url <url>",
      "embed the rows by this endpoint of OpenAI's form (TEI, vLLM, Ollama); its answers are kept; its key is in EMBEDDINGS_KEY",
    )
    .option("--embeddings-model <name>", "the model that the endpoint is asked for")
    .option(
      "--encoder <folder>",
      "encode the rows by this BERT or ALBERT, here or below MODELS_DIR; what it encoded is kept",
    )
    .addOption(
      new Option("--pooling <how>", "a row's vector, of its tokens' or of [CLS]")
        .choices(["mean", "cls"])
        .default("mean"),
    )
    .option(
      "--max-length <tokens>",
      "how much of a row is encoded (default: 128, or what the encoder takes)",
      wholeNumber(3, 100_000),
    )
    .option(
      "--static",
      "encode the vocabulary instead of every row: seconds, and a part of the gain",
    )
    .addOption(
      new Option(
        "--script <name>",
        "how texts are taken apart, instead of by their letters",
      ).choices(["cjk", "other"]),
    )
    .option("--fail-above <share>", "exit with 1 if a larger share of rows is flagged", share())
    .option("--top <n>", TOP_HELP, wholeNumber(1, 100_000), WORST_ROWS)
    .option("--seed <n>", "the same seed deals the same folds", seed, 1)
    .addOption(jsonOption());
  addFormatOptions(command);
  addLabelOptions(command).action((file: string, options: AuditOptions) =>
    interruptible((signal) => audit(file, options, signal)),
  );
}

async function audit(file: string, options: AuditOptions, signal: AbortSignal): Promise<void> {
  await assertFile(file);
  const vectors = await vectorsFor(file, options);
  const asked = requestedFormat(options, await readLabelNames(options.labelNames));
  const format: DatasetFormat =
    asked.type === "auto"
      ? await guessedFormat(file, asked, options.json)
      : { ...asked, type: asked.type };
  // Only where a file is audited: the help of all commands comes faster without.
  const { runAudit } = await import("../audit/run-audit.js");
  const { auditLines } = await import("../audit/audit-lines.js");
  const { jsonReport } = await import("../audit/audit-report.js");
  const folder = options.files ? (options.out ?? `${basename(file)}.audit`) : undefined;
  await assertFreeOutputs(file, folder, format, options);
  const { size } = await stat(file);
  const report = await runAudit(
    {
      source: {
        file,
        format,
        labels: labelPolicy(options) as LabelPolicy,
        signal,
        hasIds: options.embeddingsIds !== undefined,
        hasGroupings: options.findings === true,
      },
      size,
      folder,
      scores: options.scores,
      hasEvidence: options.evidence === true,
      vectors,
      threads: availableParallelism(),
      cjk: options.script === undefined ? undefined : options.script === "cjk",
      top: options.top,
      seed: options.seed,
    },
    openSteps(process.stderr, options.json === true),
  );
  if (options.json) printJson(jsonReport(report));
  else print(["", ...auditLines(report, columnsOf(process.stdout), COLORS)].join("\n"));
  failAbove(options.failAbove, report.flagged.length, report.rows);
}

/** Nothing that is read is written over. */
async function assertFreeOutputs(
  file: string,
  folder: string | undefined,
  format: DatasetFormat,
  { scores, embeddings, embeddingsIds, labelNames }: AuditOptions,
): Promise<void> {
  const { splitPaths } = await import("../audit/write-files.js");
  const split = folder === undefined ? undefined : splitPaths(folder, format);
  const arrays = [embeddings, embeddingsIds].filter((path) => path !== undefined);
  const inputs = (await Promise.all(arrays.map(parseArrayPath))).map((array) => array.file);
  const outputs = [scores, ...inFolder(folder, Object.values(split ?? {}))];
  assertOutputs(outputs, [file, ...inputs, namesFile(labelNames)]);
}

/** Opens the vectors of `--embeddings`, `--embeddings-url` or `--encoder`. */
async function vectorsFor(file: string, options: AuditOptions): Promise<OpenVectors | undefined> {
  const { embeddings, embeddingsIds, embeddingsUrl, embeddingsModel, encoder } = options;
  if ([embeddings, embeddingsUrl, encoder].filter((one) => one !== undefined).length > 1) {
    throw new CliError(
      "two-sources",
      "vectors come from --embeddings, from --embeddings-url or from --encoder: pass one",
    );
  }
  if (options.static && encoder === undefined) {
    throw new CliError("encoder-missing", "--static needs --encoder, whose vocabulary it encodes");
  }
  if (embeddingsModel !== undefined && embeddingsUrl === undefined) {
    throw new CliError(
      "endpoint-missing",
      "--embeddings-model names a model of --embeddings-url: pass both",
    );
  }
  if (embeddingsIds !== undefined && embeddings === undefined) {
    throw new CliError(
      "embeddings-missing",
      "--embeddings-ids names the rows of --embeddings: pass both",
    );
  }
  if (encoder !== undefined) return encoderFor(encoder, options);
  if (embeddingsUrl !== undefined) return endpointFor(embeddingsUrl, options);
  if (embeddings === undefined) return undefined;
  await assertFile((await parseArrayPath(embeddings)).file);
  const { vectorsInFile } = await import("../audit/vectors-file.js");
  const ids = embeddingsIds === undefined ? undefined : await parseArrayPath(embeddingsIds);
  if (ids !== undefined) await assertFile(ids.file);
  return vectorsInFile({ array: await parseArrayPath(embeddings), ids, file });
}

async function encoderFor(encoder: string, options: AuditOptions): Promise<OpenVectors> {
  const { MODELS_DIR } = readEnvironment();
  const candidates = [encoder, ...(MODELS_DIR ? [join(MODELS_DIR, encoder)] : [])];
  const isFolder = async (path: string) => (await stat(path).catch(() => null))?.isDirectory();
  const folders = await Promise.all(candidates.map(isFolder));
  const folder = candidates[folders.indexOf(true)];
  if (folder === undefined) {
    throw new CliError(
      "encoder-missing",
      `${candidates.join(" and ")} are no folder; fetch one by winnow models pull, for example ` +
        "sentence-transformers/all-MiniLM-L6-v2",
    );
  }
  quietTensorFlow();
  const { vectorsOfEncoder } = await import("../encoders/vectors-of-encoder.js");
  const { pooling, maxLength, script, json } = options;
  return vectorsOfEncoder({
    folder,
    pooling,
    maxLength,
    isStatic: options.static === true,
    threads: availableParallelism(),
    cjk: script === undefined ? undefined : script === "cjk",
    ...vectorsHere(json),
  });
}

async function endpointFor(
  url: string,
  { embeddingsModel: model, json }: AuditOptions,
): Promise<OpenVectors> {
  const { EMBEDDINGS_KEY: key } = readEnvironment();
  const { vectorsOfEndpoint } = await import("../encoders/vectors-of-endpoint.js");
  return vectorsOfEndpoint({ url, model, key, ...vectorsHere(json) });
}

/** Where vectors are kept, and who hears of them. */
const vectorsHere = (json: true | undefined) => ({
  cacheFolder: join(cacheFolder(), "winnow", "vectors"),
  say: (line: string) => json || note(`    ${line}`),
});

function failAbove(limit: number | undefined, flagged: number, rows: number): void {
  if (limit === undefined || flagged <= limit * rows) return;
  note(
    `${COLORS.red("too noisy")}  ${count(flagged)} of ${count(rows)} rows are flagged, ` +
      `${percent(flagged / rows)}; --fail-above allows ${percent(limit)}`,
  );
  process.exitCode = 1;
}
