import { createHash } from "node:crypto";
import {
  hardTargets,
  type ModelParts,
  modelOf,
  type NaiveBayes,
  partsOf,
  type Texts,
} from "@winnow/linear";
import { sharedFileName } from "@winnow/storage";
import { bytesOf, type FileHeader, headerBytes, headerOf, readHeader } from "./file-header.js";
import type { SharedCache } from "./shared-cache.js";

/** Increased with every change to features, counts or this file, so that older files are not used. */
const GENERATION = 1;
/** Larger models are made again: they would fill the folder, and the memory of the worker. */
const MOST_BYTES = 64 * 2 ** 20;

/** What a quick model is counted of, beside the texts. */
export interface QuickRun {
  readonly datasetId: string;
  readonly labels: Int32Array; // (n)
  readonly folds: Uint8Array; // (n)
  readonly k: number;
}

/** Stores the quick model of a run, unless it is large: so its evidence need not count the texts again. */
export async function storeQuickModel(
  cache: SharedCache,
  run: QuickRun,
  { model }: { readonly model: NaiveBayes },
): Promise<void> {
  await cache.take(nameOf(run), {
    make: async () => model,
    encode: encodeModel,
    // One that is there already has the same content.
    decode: () => model,
  });
}

/** The quick model that a training has stored, over the same texts; null if there is none any more. */
export const findQuickModel = (
  cache: SharedCache,
  run: QuickRun,
  texts: Texts,
): Promise<NaiveBayes | null> =>
  cache.find(nameOf(run), { decode: (content) => decodeModel(content, run, texts) });

interface ModelHeader extends FileHeader {
  readonly format: "winnow-quick-1";
  readonly cjk: boolean;
  readonly numbers: number;
  readonly ids: number;
  readonly pairs: number;
  /** Of a count. */
  readonly realBytes: number;
}

/** A model as a file's content, the widest numbers first; null for one that is too large. */
export function encodeModel(model: NaiveBayes): Uint8Array[] | null {
  const parts = partsOf(model);
  if (parts === null) return null;
  const { cjk, lengths, numbers, textCounts, second, start, classes, counts } = parts;
  const header: ModelHeader = {
    ...headerOf("winnow-quick-1", lengths.length),
    cjk,
    numbers: numbers.reduce((sum, { length }) => sum + length, 0),
    ids: textCounts.length,
    pairs: classes.length,
    realBytes: counts.BYTES_PER_ELEMENT,
  };
  const arrays = [counts, lengths, ...numbers, textCounts, second, start, classes];
  const content = [headerBytes(header), ...arrays.map(bytesOf)];
  const bytes = content.reduce((sum, { length }) => sum + length, 0);
  return bytes > MOST_BYTES ? null : content;
}

/** The model over the texts that it was counted of; null if the content is of something else. */
export function decodeModel(
  content: Uint8Array<ArrayBuffer>,
  { labels, folds, k }: Omit<QuickRun, "datasetId">,
  texts: Texts,
): NaiveBayes | null {
  const head = readHeader<ModelHeader>(content, "winnow-quick-1", labels.length);
  if (head === null) return null;
  const { cjk, numbers, ids, pairs, realBytes } = head.header;
  let at = content.byteOffset + head.dataAt;
  const end = content.byteOffset + content.byteLength;
  const wanted = realBytes * pairs + 4 * (labels.length + numbers + 3 * ids + 1) + 2 * pairs;
  if (at + wanted !== end) return null;
  const take =
    <T>(Numbers: new (buffer: ArrayBuffer, at: number, length: number) => T) =>
    (length: number, bytes: number): T => {
      const array = new Numbers(content.buffer, at, length);
      at += length * bytes;
      return array;
    };
  const counts = realBytes === 8 ? take(Float64Array)(pairs, 8) : take(Float32Array)(pairs, 4);
  const parts: ModelParts = {
    cjk,
    counts,
    lengths: take(Uint32Array)(labels.length, 4),
    numbers: [take(Uint32Array)(numbers, 4)],
    textCounts: take(Int32Array)(ids, 4),
    second: take(Int32Array)(ids, 4),
    start: take(Uint32Array)(ids + 1, 4),
    classes: take(Uint16Array)(pairs, 2),
  };
  return modelOf(parts, texts, { k, targets: hardTargets(labels), folds });
}

/** The model of a dataset is decided by its folds. */
function nameOf({ datasetId, folds }: QuickRun): string {
  const hash = createHash("sha256").update(`${GENERATION}\n`).update(folds).digest("hex");
  return sharedFileName(datasetId, hash, "quick");
}
