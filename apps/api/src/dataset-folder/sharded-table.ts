import { createHash, type Hash } from "node:crypto";
import {
  type BatchWriter,
  type CellRow,
  charactersOf,
  type TableOptions,
  tableWriter,
} from "@winnow/corpus";
import { ScratchFile } from "@winnow/storage";

/** A file of a table, whole. */
export interface Shard {
  readonly file: ScratchFile;
  readonly sha256: string;
}

/** A row group's rows and characters: a group is in memory as a whole. */
const GROUP = { rows: 20_000, characters: 8 * 2 ** 20 };
/** The next file begins after about this many bytes. */
const SHARD_BYTES = 256 * 2 ** 20;

/** A table that is written into parquet files without names, until they are sent. */
export class ShardedTable {
  rows = 0;
  readonly #options: TableOptions;
  readonly #folder: string;
  readonly #shards: Shard[] = [];
  #open: { file: ScratchFile; writer: BatchWriter<CellRow>; hash: Hash } | null = null;
  #group: CellRow[] = [];
  #characters = 0;

  constructor(
    columns: TableOptions["columns"],
    folder: string,
    readonly shardBytes = SHARD_BYTES,
  ) {
    this.#options = { format: "parquet", columns };
    this.#folder = folder;
  }

  add(row: CellRow): void {
    this.rows += 1;
    this.#group.push(row);
    this.#characters += charactersOf(row);
    if (this.#group.length >= GROUP.rows || this.#characters >= GROUP.characters) this.#flush();
  }

  /** The files; one without rows where no row was added. */
  finish(): readonly Shard[] {
    this.#flush();
    if (this.#shards.length === 0) this.#opened();
    this.#endShard();
    return this.#shards;
  }

  close(): void {
    for (const { file } of [...this.#shards, ...(this.#open ? [this.#open] : [])]) file.close();
  }

  #flush(): void {
    if (this.#group.length === 0) return;
    const { file, writer } = this.#opened();
    this.#append(writer.write(this.#group));
    this.#group = [];
    this.#characters = 0;
    if (file.length >= this.shardBytes) this.#endShard();
  }

  #opened() {
    if (this.#open) return this.#open;
    const writer = tableWriter(this.#options);
    this.#open = { file: new ScratchFile(this.#folder), writer, hash: createHash("sha256") };
    this.#append(writer.begin());
    return this.#open;
  }

  #append(bytes: Uint8Array | string): void {
    if (typeof bytes === "string") throw new Error("parquet is written in bytes");
    if (bytes.length === 0) return;
    this.#open?.file.append(bytes);
    this.#open?.hash.update(bytes);
  }

  #endShard(): void {
    if (!this.#open) return;
    const { file, writer, hash } = this.#open;
    this.#append(writer.end());
    this.#shards.push({ file, sha256: hash.digest("hex") });
    this.#open = null;
  }
}
