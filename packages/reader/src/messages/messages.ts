import type { RowBlock } from "@winnow/copy-rows";
import type {
  CorpusErrorCode,
  CorpusErrorDetails,
  CorpusSummary,
  DatasetFormat,
  GuessedFormat,
  IngestOptions,
  NamedPreview,
  PreviewOptions,
  RequestedFormat,
} from "@winnow/corpus";
import type { NpyHeader } from "@winnow/npy";

// The messages between a reader and its process, which are always of one version. Structured clones: typed
// arrays stay what they are.

/** A file by its path. With `root` it must lie below it, also where links lead. */
export interface FileRef {
  readonly path: string;
  readonly root: string | null;
}

export interface PreviewTask {
  readonly kind: "preview";
  readonly file: FileRef;
  readonly options: Pick<PreviewOptions, "format" | "labels" | "rows">;
}

export interface DatasetTask {
  readonly kind: "dataset";
  readonly file: FileRef;
  readonly format: RequestedFormat;
  readonly options: Pick<IngestOptions, "labels" | "sampling" | "duplicates" | "columns">;
}

export interface ArrayTask {
  readonly kind: "array";
  readonly file: FileRef;
  /** The array's name in an npz. */
  readonly array: string | undefined;
  readonly maxBytes: number;
  readonly maxBlockBytes: number;
}

export interface NamesTask {
  readonly kind: "names";
  readonly file: FileRef;
  readonly maxBytes: number;
}

export type ReadTask = PreviewTask | DatasetTask | ArrayTask | NamesTask;

/** Rows of a dataset's file, each kind in file order. */
export interface RowBatch {
  readonly samples: RowBlock;
  readonly rejects: RowBlock;
}

/** What was read of a dataset's file, after its last batch. */
export interface DatasetRead {
  readonly hasTrueLabels: boolean;
  readonly summary: CorpusSummary;
  readonly format: DatasetFormat;
  /** How sure the format was; null where it was given. */
  readonly guess: Omit<GuessedFormat, "format"> | null;
  /** Of the stored bytes, hex; null if not all of them were read. */
  readonly sha256: string | null;
}

/** Whole rows of an array, as they are stored. */
export interface ArrayBlock {
  readonly start: number;
  readonly rows: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What each task yields, and what it returns. */
export interface TaskTypes {
  preview: { item: never; result: NamedPreview };
  dataset: { item: { readonly bytes: number } | RowBatch; result: DatasetRead };
  array: { item: NpyHeader | ArrayBlock; result: null };
  names: { item: never; result: readonly string[] };
}

/** An error as it crosses from one process to the other. */
export type Fault =
  | {
      readonly name: "CorpusError";
      readonly code: CorpusErrorCode;
      readonly message: string;
      readonly details: CorpusErrorDetails;
    }
  | { readonly name: "NpyError"; readonly code: string; readonly message: string }
  /** No file below the root. */
  | { readonly name: "OutsideError"; readonly message: string }
  /** Any other; `code` is the system's. */
  | {
      readonly name: "Error";
      readonly message: string;
      readonly stack: string;
      readonly code: string | null;
    };

/** To the process. A "next" for each item that was taken. */
export type ToProcess =
  | { readonly type: "start"; readonly task: ReadTask; readonly ahead: number }
  | { readonly type: "next" };

/** From the process: "work" grows while it gets on. */
export type FromProcess =
  | { readonly type: "ready" }
  | { readonly type: "alive"; readonly work: number }
  | { readonly type: "progress"; readonly bytes: number }
  | { readonly type: "item"; readonly item: unknown }
  | { readonly type: "result"; readonly result: unknown; readonly memoryBytes: number }
  | { readonly type: "fault"; readonly fault: Fault; readonly memoryBytes: number };
