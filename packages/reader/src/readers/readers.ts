import type { NamedPreview } from "@winnow/corpus";
import type { NpyStream } from "@winnow/npy";
import { readerEnvironment } from "../config.js";
import type {
  ArrayBlock,
  DatasetRead,
  DatasetTask,
  FileRef,
  PreviewTask,
  ReadTask,
  RowBatch,
  TaskTypes,
} from "../messages/messages.js";
import { datasetItem } from "./dataset-item.js";
import type { ReaderLimits } from "./reader-limits.js";
import { ReaderProcess } from "./reader-process.js";

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the file read so far, now and then. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** A process that rests longer ends. */
const REST_MS = 30_000;
/** A process that took more memory than this is not used again. */
const MAX_RESTING_BYTES = 192 * 2 ** 20;
/** What a library keeps of file after file ends with its process. */
const MAX_TASKS = 500;

interface Resting {
  readonly process: ReaderProcess;
  readonly timer: NodeJS.Timeout;
}

/**
 * Reads users' files in processes of their own, one file at a time each. What a file costs, and the death it
 * brings, is its reader's alone. A process that has read a file well waits a while for the next one.
 */
export class Readers {
  readonly #limits: ReaderLimits;
  #isClosed = false;
  readonly #resting: Resting[] = [];
  readonly #tasks = new WeakMap<ReaderProcess, number>();

  constructor(limits: ReaderLimits) {
    this.#limits = limits;
  }

  /** The start of a file. Throws CorpusError for one that is no dataset, and `ReaderError`. */
  async preview(
    file: FileRef,
    options: PreviewTask["options"],
    read: ReadOptions = {},
  ): Promise<NamedPreview> {
    const items = this.#run<"preview">({ kind: "preview", file, options }, read);
    const { value } = await items.next();
    return value as NamedPreview;
  }

  /** The size of a file, then its rows. Throws CorpusError, `OutsideError` and `ReaderError`. */
  async *dataset(
    file: FileRef,
    task: Pick<DatasetTask, "format" | "options">,
    read: ReadOptions,
  ): AsyncGenerator<{ readonly bytes: number } | RowBatch, DatasetRead> {
    const items = this.#run<"dataset">({ kind: "dataset", file, ...task }, read);
    try {
      for (;;) {
        const next = await items.next();
        if (next.done) return next.value;
        yield datasetItem(next.value);
      }
    } finally {
      await items.return(undefined as never);
    }
  }

  /** An npy for as long as `use` yields. Throws CorpusError, NpyError and `ReaderError`. */
  async *array<T>(
    file: FileRef,
    limits: {
      readonly array: string | undefined;
      readonly maxBytes: number;
      readonly maxBlockBytes: number;
    },
    use: (npy: NpyStream) => AsyncGenerator<T>,
    read: ReadOptions = {},
  ): AsyncGenerator<T> {
    const items = this.#run<"array">({ kind: "array", file, ...limits }, read);
    try {
      const { value } = await items.next();
      yield* use(streamOf(value as NpyStream["header"], items));
    } finally {
      await items.return(null);
    }
  }

  /** A list of names. Throws CorpusError, NpyError and `ReaderError`. */
  async names(file: FileRef, maxBytes: number, read: ReadOptions = {}): Promise<readonly string[]> {
    const { value } = await this.#run<"names">({ kind: "names", file, maxBytes }, read).next();
    return value as readonly string[];
  }

  /** Ends the processes that rest, and the others after their task. */
  close(): void {
    this.#isClosed = true;
    for (const { process, timer } of this.#resting.splice(0)) {
      clearTimeout(timer);
      process.end(new Error("closed"));
    }
  }

  async *#run<K extends ReadTask["kind"]>(
    task: ReadTask,
    { signal, onBytes = () => {} }: ReadOptions,
  ): AsyncGenerator<TaskTypes[K]["item"], TaskTypes[K]["result"]> {
    signal?.throwIfAborted();
    const reader = this.#free();
    const stop = () => reader.end(signal?.reason ?? new Error("stopped"));
    signal?.addEventListener("abort", stop, { once: true });
    try {
      reader.start(task, onBytes);
      for (;;) {
        const arrival = await reader.next();
        if ("result" in arrival) return arrival.result as TaskTypes[K]["result"];
        yield arrival.item as TaskTypes[K]["item"];
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#release(reader);
    }
  }

  #free(): ReaderProcess {
    for (let rested = this.#resting.pop(); rested; rested = this.#resting.pop()) {
      clearTimeout(rested.timer);
      if (rested.process.isAlive) return rested.process;
    }
    return new ReaderProcess(this.#limits, readerEnvironment());
  }

  #release(reader: ReaderProcess): void {
    const tasks = (this.#tasks.get(reader) ?? 0) + 1;
    this.#tasks.set(reader, tasks);
    const isGood = reader.isAlive && reader.isFree && reader.memoryBytes <= MAX_RESTING_BYTES;
    if (this.#isClosed || !isGood || tasks >= MAX_TASKS) {
      reader.end(new Error("not used again"));
      return;
    }
    reader.rest();
    const timer = setTimeout(() => {
      this.#resting.splice(
        this.#resting.findIndex(({ process }) => process === reader),
        1,
      );
      reader.end(new Error("not used"));
    }, REST_MS);
    timer.unref();
    this.#resting.push({ process: reader, timer });
  }
}

/** The blocks come in the size that was asked for at the start. */
function streamOf(
  header: NpyStream["header"],
  items: AsyncGenerator<TaskTypes["array"]["item"], null>,
): NpyStream {
  const { shape } = header;
  return {
    header,
    rows: shape.length === 0 ? 1 : shape[0]!,
    columns: shape.slice(1).reduce((product, size) => product * size, 1),
    async *blocks() {
      for (let next = await items.next(); !next.done; next = await items.next()) {
        const { start, rows, bytes } = next.value as ArrayBlock;
        // A copy: values of eight bytes are read as such, wherever the message has them.
        yield { start, rows, bytes: bytes.slice() };
      }
    },
  };
}
