import { createHash } from "node:crypto";
import { createRandom } from "@winnow/numeric";
import { readSealed, ScratchFile, writeSealed } from "@winnow/storage";
import type { LabelledText } from "@winnow/store";
import {
  bytesOf,
  type FileHeader,
  headerBytes,
  headerOf,
  readHeader,
} from "../../run-files/file-header.js";

// A large dataset's tokens lie in shards, one sealed file each, so that a training holds one of them in
// memory. Each is a random draw of the rows: a file sorted by class or time would else give
// shards of few classes.

export const shardsOf = (rows: number, shardRows: number): number => Math.ceil(rows / shardRows);

/** What is known of a shard without reading it. */
export interface ShardInfo {
  readonly texts: number;
  readonly tokens: number;
  /** Of its longest text. */
  readonly longest: number;
  /** Of the content, in hex. */
  readonly sha256: string;
}

/** Some rows of a dataset, in input order. */
export interface TokenShard {
  readonly ordinals: Int32Array;
  /** Given class indices. */
  readonly labels: Int32Array;
  readonly tokens: { readonly ids: Int32Array | Uint16Array; readonly offsets: Int32Array };
}

interface ShardHeader extends FileHeader {
  readonly format: "winnow-shard-1";
  readonly ids: number;
  readonly idBytes: 2 | 4;
}

/** Ints of all shards together that wait to be written. */
const BUFFERED = 2 ** 23;
/** Ordinal, label and length come before a text's ids. */
const HEAD = 3;

/**
 * Writes texts as tokens to one file a shard, (paths), in one pass and bounded memory: what a shard gets
 * is collected in a scratch file below `folder` first. The same rows give the same files.
 */
export async function writeTokenShards(
  batches: AsyncIterable<readonly LabelledText[]>,
  encode: (text: string) => Int32Array,
  { paths, folder, wideIds }: { paths: readonly string[]; folder: string; wideIds: boolean },
): Promise<ShardInfo[]> {
  const scratch = new ScratchFile(folder);
  const random = createRandom(0, "shard of a row");
  const room = Math.max(2 ** 10, Math.floor(BUFFERED / paths.length));
  const shards = paths.map(() => new Spill(scratch, room));
  try {
    let ordinal = 0;
    for await (const batch of batches) {
      for (const { text, label } of batch) {
        shards[random.below(shards.length)]!.add(ordinal++, label, encode(text));
      }
    }
    const infos: ShardInfo[] = [];
    for (const [index, path] of paths.entries()) {
      const { content, info } = encodeShard(shards[index]!.take(), wideIds);
      await writeSealed(path, content);
      infos.push(info);
    }
    return infos;
  } finally {
    scratch.close();
  }
}

/** What one shard gets, in blocks of a scratch file that all shards share. */
class Spill {
  readonly #scratch: ScratchFile;
  readonly #buffer: Int32Array;
  readonly #blocks: { readonly at: number; readonly ints: number }[] = [];
  #used = 0;

  constructor(scratch: ScratchFile, room: number) {
    this.#scratch = scratch;
    this.#buffer = new Int32Array(room);
  }

  add(ordinal: number, label: number, ids: Int32Array): void {
    const ints = HEAD + ids.length;
    if (this.#used + ints > this.#buffer.length) this.#flush();
    if (ints > this.#buffer.length) {
      this.#write(Int32Array.of(ordinal, label, ids.length, ...ids));
      return;
    }
    this.#buffer.set([ordinal, label, ids.length], this.#used);
    this.#buffer.set(ids, this.#used + HEAD);
    this.#used += ints;
  }

  /** Everything, in the order in which it came. */
  take(): Int32Array {
    this.#flush();
    const all = new Int32Array(this.#blocks.reduce((sum, { ints }) => sum + ints, 0));
    let into = 0;
    for (const { at, ints } of this.#blocks) {
      this.#scratch.read(at, bytesOf(all.subarray(into, into + ints)));
      into += ints;
    }
    return all;
  }

  #flush(): void {
    if (this.#used > 0) this.#write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #write(ints: Int32Array): void {
    this.#blocks.push({ at: this.#scratch.length, ints: ints.length });
    this.#scratch.append(bytesOf(ints));
  }
}

function encodeShard(
  records: Int32Array,
  wideIds: boolean,
): { content: Uint8Array[]; info: ShardInfo } {
  let texts = 0;
  for (let at = 0; at < records.length; at += HEAD + records[at + 2]!) texts++;
  const ordinals = new Int32Array(texts);
  const labels = new Int32Array(texts);
  const offsets = new Int32Array(texts + 1);
  const count = records.length - HEAD * texts;
  const ids = wideIds ? new Int32Array(count) : new Uint16Array(count);
  let longest = 1;
  let at = 0;
  for (let text = 0; text < texts; text++) {
    const length = records[at + 2]!;
    ordinals[text] = records[at]!;
    labels[text] = records[at + 1]!;
    ids.set(records.subarray(at + HEAD, at + HEAD + length), offsets[text]);
    offsets[text + 1] = offsets[text]! + length;
    longest = Math.max(longest, length);
    at += HEAD + length;
  }
  const header: ShardHeader = {
    ...headerOf("winnow-shard-1", texts),
    ids: count,
    idBytes: wideIds ? 4 : 2,
  };
  const content = [headerBytes(header), ...[ordinals, labels, offsets, ids].map(bytesOf)];
  return { content, info: { texts, tokens: count, longest, sha256: sha256Of(content) } };
}

/** A shard from its file; null if that is gone, damaged, or of other rows. */
export async function readTokenShard(path: string, info: ShardInfo): Promise<TokenShard | null> {
  const content = await readSealed(path);
  const head = content && readHeader<ShardHeader>(content, "winnow-shard-1", info.texts);
  if (!content || head?.header.ids !== info.tokens) return null;
  const { texts } = info;
  let at = content.byteOffset + head.dataAt;
  const ints = (length: number) => {
    const array = new Int32Array(content.buffer, at, length);
    at += array.byteLength;
    return array;
  };
  const [ordinals, labels, offsets] = [ints(texts), ints(texts), ints(texts + 1)];
  const Ids = head.header.idBytes === 2 ? Uint16Array : Int32Array;
  const tokens = { offsets, ids: new Ids(content.buffer, at, head.header.ids) };
  return { ordinals, labels, tokens };
}

function sha256Of(content: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of content) hash.update(part);
  return hash.digest("hex");
}
