import { CorpusError } from "../errors.js";
import { checkOptions, type IngestOptions } from "../options/ingest-options.js";
import type { CorpusWarning } from "../rows/corpus-warning.js";
import type { RowSink } from "../rows/raw-row.js";
import type { CorpusReject, CorpusSample, RejectReason } from "../rows/samples.js";
import type { CorpusSummary } from "../statistics/profile.js";
import { AnnotatorRows } from "./annotator-rows.js";
import { explained, hintsFor, secondLook } from "./explain-failure.js";
import { type OpenedFeed, openFeed } from "./feed.js";
import { encodingHint } from "./format-hints.js";
import { BATCH_ROWS, Intake } from "./intake.js";
import { type OpenSource, openFile } from "./open-file.js";

/** Rows since the last batch, each list in file order. */
export interface CorpusBatch {
  samples: CorpusSample[];
  rejects: CorpusReject[];
}

const UNDECODED: ReadonlySet<RejectReason> = new Set<RejectReason>(["bad-utf8", "bad-encoding"]);

/**
 * Streams a dataset file through its format and the label policy, in constant memory, in batches of
 * about a thousand rows; its return value is the summary. A row that cannot be used becomes a
 * reject and never ends the reading; rows that sampling leaves out are only counted. Throws
 * CorpusError for faults of the whole file, some of them only at the end, after batches were
 * yielded.
 */
export async function* readCorpus(
  open: OpenSource,
  options: IngestOptions,
): AsyncGenerator<CorpusBatch, CorpusSummary> {
  checkOptions(options);
  const file = await openFile(open, options);
  try {
    const summary = yield* readFeed(await openFeed(file, options), options);
    return await withEncodingWarning(summary, open, options);
  } catch (error) {
    throw await explained(error, file.head, () => hintsFor(open, options));
  }
}

/** A file whose broken lines are all of another encoding reads well, but without those lines. */
async function withEncodingWarning(
  summary: CorpusSummary,
  open: OpenSource,
  options: IngestOptions,
): Promise<CorpusSummary> {
  const { rejected, warnings } = summary.profile;
  const undecoded = rejected.find(({ reason }) => UNDECODED.has(reason))?.count ?? 0;
  const guess = undecoded > 0 ? await secondLook(open, options) : null;
  const hint = guess && encodingHint(options.format, guess);
  if (!hint) return summary;
  const message = `${undecoded} lines do not decode and are rejected. ${hint.detail}`;
  const found: CorpusWarning[] = [...warnings, { code: "other-encoding", message }];
  return { ...summary, profile: { ...summary.profile, warnings: found } };
}

async function* readFeed(
  { feed, ownNames, warnings }: OpenedFeed,
  options: IngestOptions,
): AsyncGenerator<CorpusBatch, CorpusSummary> {
  const { minPerClass = 1 } = options.labels ?? {};
  const byAnnotator = options.format.annotatorColumn === undefined ? null : new AnnotatorRows();
  const nextPass = passes(options, 1 + Number(byAnnotator !== null) + Number(minPerClass > 1));
  if (byAnnotator) for await (const _ of feed(byAnnotator.collector(), nextPass()));
  const names = byAnnotator?.names();
  const sinkOf = (rows: Intake): RowSink => byAnnotator?.yielder(rows) ?? rows;
  let intake = new Intake(options, ownNames, new Set(), names);
  if (minPerClass > 1) {
    for await (const _ of feed(sinkOf(intake), nextPass())) intake.take();
    const small = [...intake.labelCounts()].filter(([, count]) => count < minPerClass);
    intake = new Intake(options, ownNames, new Set(small.map(([name]) => name)), names);
  }
  try {
    for await (const _ of feed(sinkOf(intake), nextPass())) {
      if (intake.isFull) yield* inBatches(intake.take());
    }
    const summary = intake.finish();
    yield* inBatches(intake.take());
    const { profile } = summary;
    return { ...summary, profile: { ...profile, warnings: [...warnings, ...profile.warnings] } };
  } catch (error) {
    throw withRejects(error, intake.firstRejects());
  }
}

/** The progress of each pass over the file, as its share of the bytes that are read in all. */
function passes({ onProgress = () => {} }: IngestOptions, count: number) {
  let before = 0;
  let size = 0;
  return () => {
    before += size;
    size = 0;
    return (bytes: number) => {
      size = bytes;
      onProgress(Math.floor((before + bytes) / count));
    };
  };
}

/** The error with the rejects that led to it. */
function withRejects(error: unknown, rejects: readonly CorpusReject[]): unknown {
  if (!(error instanceof CorpusError) || error.details.rejects || rejects.length === 0)
    return error;
  const { code, message, details } = error;
  return new CorpusError(code, message, { ...details, rejects }, { cause: error });
}

/** Splits rows that arrived together into batches of bounded size. */
function* inBatches({ samples, rejects }: CorpusBatch): Generator<CorpusBatch> {
  const rows = Math.max(samples.length, rejects.length);
  if (rows <= 2 * BATCH_ROWS) {
    if (rows > 0) yield { samples, rejects };
    return;
  }
  for (let at = 0; at < rows; at += BATCH_ROWS) {
    yield {
      samples: samples.slice(at, at + BATCH_ROWS),
      rejects: rejects.slice(at, at + BATCH_ROWS),
    };
  }
}
