// What the tasks of a run share lies below tokens/, one file for each dataset and settings:
//
//   <dataset id>-<hash of the settings>.tokens       texts as tokens, and their vocabulary
//   <dataset id>-<hash of both>.shard                a shard of them, where the dataset is large
//   <dataset id>-<hash of the settings>.folds        the fold of each row, where the dataset is large
//   <dataset id>-<hash of the settings>.groups       groups of texts that nearly agree
//   <dataset id>-<hash of the settings>.pretrained   weights after reading the texts
//   <dataset id>-<hash of the folds>.quick           counts of the quick model, for the evidence of flags

export type SharedKind = "tokens" | "shard" | "folds" | "groups" | "pretrained" | "quick";

const NAME = /^(ds_[0-9a-f-]{36})-/;
const HASH_LENGTH = 16;

/** `sha256` is of everything that decides the content, in hex. */
export const sharedFileName = (datasetId: string, sha256: string, kind: SharedKind): string =>
  `${datasetId}-${sha256.slice(0, HASH_LENGTH)}.${kind}`;

/** The dataset that the file belongs to, also while it is written; null for any other name. */
export const datasetOfShared = (name: string): string | null => NAME.exec(name)?.[1] ?? null;
