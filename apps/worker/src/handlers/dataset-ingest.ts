import { DatasetFormat, DatasetIngestParams, type RequestedFormat } from "@winnow/contracts";
import {
  CorpusError,
  type GuessedFormat,
  isReadByPosition,
  readCorpus,
  resolveFormat,
} from "@winnow/corpus";
import {
  type DatasetSummary,
  type RejectRow,
  type SampleRow,
  storeFailedRejects,
  writeDataset,
} from "@winnow/store";
import type { Storage } from "../files/storage.js";
import type { Handler, HandlerDeps } from "../tasks/handler.js";
import { datasetSummary } from "./dataset-summary.js";
import { derivedBatches } from "./derived-dataset.js";
import { openSourceFile, type SourceFile } from "./source-file.js";

/**
 * Makes a dataset: streams a file through its format and label policy into samples and rejects, or
 * another dataset's samples through sampling and noise.
 */
export const ingestDataset =
  (storage: Storage): Handler =>
  async (claim, deps) => {
    const params = DatasetIngestParams.parse(claim.params);
    const { source, format } = params;
    if (source.type === "dataset") {
      return writeDataset(deps.store, claim, await derivedBatches(source.datasetId, params, deps));
    }
    const file = await openSourceFile(source, { ...deps, storage });
    try {
      await deps.announce({ step: 0, steps: file.bytes, phase: "reading" });
      const read = await readingOf(format, file, deps);
      await writeDataset(deps.store, claim, readBatches(params, read, file, deps));
    } catch (error) {
      // Nothing of the dataset is written; its first rejects say why.
      const rejects = error instanceof CorpusError ? error.details.rejects : undefined;
      if (rejects?.length) await storeFailedRejects(deps.store, claim, rejects);
      throw error;
    } finally {
      await file.close();
    }
  };

/** The format that a file is read in, and how it was guessed. */
interface Reading {
  readonly format: DatasetFormat;
  readonly guess: Omit<GuessedFormat, "format"> | null;
}

/** Throws `CorpusError` "format-unclear" where the format is left open and the file does not tell. */
async function readingOf(
  { type, ...given }: RequestedFormat = { type: "auto" },
  file: SourceFile,
  { signal }: HandlerDeps,
): Promise<Reading> {
  if (type !== "auto") return { format: { ...given, type }, guess: null };
  const options = { signal, randomAccess: await file.positions() };
  const { format, ...guess } = await resolveFormat(file.open, given, options);
  return { format: DatasetFormat.parse(format), guess };
}

async function* readBatches(
  params: DatasetIngestParams,
  { format, guess }: Reading,
  file: SourceFile,
  deps: HandlerDeps,
): AsyncGenerator<{ samples: SampleRow[]; rejects: RejectRow[] }, DatasetSummary> {
  const { labels, sampling, duplicates, columns } = params;
  const batches = readCorpus(file.open, {
    format,
    labels,
    sampling,
    duplicates,
    columns,
    // Parquet and zip are read from their end; without this the whole file would be held in memory.
    randomAccess: (await file.openAnywhere(isReadByPosition)) ?? (await file.positions()),
    signal: deps.signal,
    onProgress: (bytesRead) => deps.beat({ step: bytesRead, steps: file.bytes }),
  });
  let hasTrueLabels = false;
  let next = await batches.next();
  for (; !next.done; next = await batches.next()) {
    hasTrueLabels ||= next.value.samples.some((sample) => sample.trueClassIndex !== null);
    yield next.value;
    deps.signal.throwIfAborted();
  }
  deps.beat({ phase: "writing" });
  const { columns: kept, labelCells } = next.value;
  const layout = { format, columns: [...kept], labelCells: [...labelCells] };
  const facts = { sha256: file.sha256(), hasTrueLabels, layout, guess };
  return datasetSummary(next.value, facts, params, deps);
}
