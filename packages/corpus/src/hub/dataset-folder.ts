import type { HubColumn } from "./features.js";

/** A file of a dataset folder. */
export interface HubFile {
  /** Relative to the folder, as `cleaned/train-00000-of-00001.parquet`. */
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** One configuration of a dataset folder: a table in one or more parquet files. */
export interface HubConfig {
  readonly name: string;
  /** What its rows are, one sentence. */
  readonly description: string;
  readonly rows: number;
  readonly columns: readonly HubColumn[];
  readonly files: readonly HubFile[];
}

/** What a dataset folder says of itself. What is not known is left out, never invented. */
export interface HubFolder {
  readonly name: string;
  readonly description: string | null;
  /** An SPDX identifier, or a URL. */
  readonly license: string | null;
  readonly url: string | null;
  readonly creator: string | null;
  /** Of what its rows come from, ISO 8601. */
  readonly createdAt: string;
  /** The classes, by index. */
  readonly classes: readonly string[];
  /** The first is the default. */
  readonly configs: readonly HubConfig[];
  /** The file that the rows come from. */
  readonly source: { readonly name: string; readonly sha256: string | null };
  /** What made the folder, as `winnow 0.1.0`. */
  readonly madeBy: string;
  /** Sentences that a reader should know, such as which configurations are missing, and why. */
  readonly notes: readonly string[];
}

/** The path of a configuration's file. */
export function hubFilePath(config: string, shard: number, shards: number): string {
  const padded = (count: number) => String(count).padStart(5, "0");
  return `${config}/train-${padded(shard)}-of-${padded(shards)}.parquet`;
}
