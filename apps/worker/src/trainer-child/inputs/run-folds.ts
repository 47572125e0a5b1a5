import { createHash } from "node:crypto";
import { type FoldTrainingParams, foldsOf } from "@winnow/contracts";
import { assignFolds } from "@winnow/corpus/folds";
import { sharedFileName } from "@winnow/storage";
import type { SharedCache } from "../../run-files/shared-cache.js";
import { decodeGroups, encodeGroups } from "./token-file.js";

/** Increased with every change to the groups, so that older files are not used. */
const GENERATION = 2;

/** A dataset's texts in input order. */
export type TextBatches = AsyncIterable<Iterable<string>> | Iterable<Iterable<string>>;

/**
 * The fold of each row of a run, (n). Near-duplicates share one if that is asked for; `texts` is
 * called only if their groups are not in the cache.
 */
export async function assignRunFolds(
  params: FoldTrainingParams,
  labels: Int32Array,
  cache: SharedCache,
  texts: () => Promise<TextBatches>,
): Promise<Uint8Array> {
  const folds = foldsOf(params, labels.length);
  if (params.nearDuplicates === "ignore") return assignFolds(labels, folds, params.seed);
  const hash = createHash("sha256")
    .update(JSON.stringify([GENERATION]))
    .digest("hex");
  const { value: groups } = await cache.take(sharedFileName(params.datasetId, hash, "groups"), {
    make: async () => nearGroups(await texts()),
    encode: encodeGroups,
    decode: (content) => decodeGroups(content, labels.length),
  });
  return assignFolds(labels, folds, params.seed, groups);
}

/** The corpus is loaded only here: it brings all formats of files. */
async function nearGroups(batches: TextBatches): Promise<Int32Array> {
  const { NearDuplicates } = await import("@winnow/corpus");
  const near = new NearDuplicates();
  for await (const texts of batches) for (const text of texts) near.add(text);
  return near.groups();
}
