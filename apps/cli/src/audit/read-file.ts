import { createReadStream } from "node:fs";
import {
  type CorpusBatch,
  type CorpusSummary,
  type DatasetFormat,
  type LabelPolicy,
  NearDuplicates,
  type RowGrouping,
  RowGroups,
  readCorpus,
} from "@winnow/corpus";
import { TextStore } from "@winnow/linear";
import { readAnywhere } from "@winnow/storage";
import { GrowingInts } from "./growing.js";

/** A file, how it is read, and what stops it. */
export interface AuditSource {
  readonly file: string;
  readonly format: DatasetFormat;
  readonly labels: LabelPolicy;
  readonly signal: AbortSignal;
  /** Whether the rows' own ids are read too. */
  readonly hasIds?: boolean;
  /** Whether it is asked what divides the rows into groups. */
  readonly hasGroupings?: boolean;
}

/** The kept rows of a file, by row. */
export interface AuditRows {
  readonly texts: TextStore;
  readonly labels: Int32Array;
  /** The number of each row's record in the file, and the line where it begins; from 1. */
  readonly records: Int32Array;
  readonly lines: Int32Array;
  /** By row, where they were asked for. */
  readonly ids: readonly (string | null)[] | undefined;
  readonly summary: CorpusSummary;
  /** By row: the first of the rows whose texts are nearly the same. */
  readonly groups: Int32Array;
  /** Where they were asked for: what divides the rows into groups, and the characters of each text. */
  readonly groupings:
    | { readonly by: readonly RowGrouping[]; readonly sizes: Int32Array }
    | undefined;
}

/** Half the hashes that grouping for folds takes, as in a dataset's profile. */
const SIGNATURE = { bands: 8, bandHashes: 4 };

/** Reads a file once; `onProgress` gets the bytes read. */
export async function readRows(
  source: AuditSource,
  onProgress: (bytes: number) => void,
): Promise<AuditRows> {
  const texts = new TextStore();
  const near = new NearDuplicates(SIGNATURE);
  const labels = new GrowingInts();
  const records = new GrowingInts();
  const lines = new GrowingInts();
  const ids: (string | null)[] | undefined = source.hasIds ? [] : undefined;
  const divided = source.hasGroupings ? new RowGroups() : undefined;
  const batches = readBatches(source, onProgress);
  for (;;) {
    const next = await batches.next();
    if (next.done) {
      const { classes, columns } = next.value;
      const names = classes.map(({ name }) => name);
      return {
        texts,
        labels: labels.take(),
        records: records.take(),
        lines: lines.take(),
        ids,
        summary: next.value,
        groups: near.groups(),
        groupings: divided && { by: divided.finish(names, columns), sizes: divided.lengths() },
      };
    }
    for (const sample of next.value.samples) {
      const { text, classIndex, record, line, externalId } = sample;
      texts.add(text);
      near.add(text);
      labels.push(classIndex);
      records.push(record!);
      lines.push(line);
      ids?.push(externalId);
      divided?.add(sample);
    }
  }
}

/** The file's rows in batches, as ingest reads them. */
export async function* readBatches(
  { file, format, labels, signal }: AuditSource,
  onProgress?: (bytes: number) => void,
): AsyncGenerator<CorpusBatch, CorpusSummary> {
  const randomAccess = await readAnywhere(file);
  try {
    const open = () => createReadStream(file, { highWaterMark: 1 << 20 });
    return yield* readCorpus(open, {
      format,
      labels,
      signal,
      randomAccess,
      numberRecords: true,
      onProgress,
    });
  } finally {
    await randomAccess.close();
  }
}
