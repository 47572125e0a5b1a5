import { setTimeout as sleep } from "node:timers/promises";
import { textKey } from "@winnow/encoder/vector-cache";
import { TextStore } from "@winnow/linear";
import { lockOf, takeLockFile } from "@winnow/storage";
import { type Claim, type EncodingFigures, readTexts, type Store } from "@winnow/store";
import type { ChildMessage } from "../../trainer/messages.js";

/** A claim of a task that makes the vectors of a shard of a run's texts. */
export type ShardClaim = Claim & {
  readonly shard: number;
  readonly datasetId: string;
  readonly crossValidationId: string;
};

/** A part of the different texts of a dataset. */
export interface Shard {
  readonly shard: number;
  readonly shards: number;
}

export interface ShardDeps {
  readonly store: Store;
  /** Sends a message to the worker. */
  send(message: ChildMessage): void;
}

/** What a shard's task did. */
export type ShardFigures = EncodingFigures;

/** Whether a text of this key belongs to a shard: equal texts belong to one, wherever they stand. */
const isOfShard = (key: Uint8Array, { shard, shards }: Shard): boolean =>
  new DataView(key.buffer, key.byteOffset).getUint32(0, true) % shards === shard;

/** The different texts of a shard that have no vector yet, and how many there are in all. */
export async function missingTexts(
  datasetId: string,
  place: Shard,
  hasVector: (key: Uint8Array, text: string) => boolean,
  { store, send }: ShardDeps,
): Promise<{ readonly texts: number; readonly missing: TextStore }> {
  const met = new Set<string>();
  const missing = new TextStore();
  await readTexts(store, datasetId, (text) => {
    const key = textKey(text);
    if (!isOfShard(key, place)) return;
    const name = Buffer.from(key).toString("latin1");
    if (met.has(name)) return;
    met.add(name);
    if (!hasVector(key, text)) missing.add(text);
  });
  const texts = met.size;
  const cached = texts - missing.count;
  send({ type: "note", message: "encoding", data: { shard: place.shard, texts, cached } });
  return { texts, missing };
}

const INTERVAL_MS = 1_000;

/** Sends the texts that are done, once a second. */
export function encodingProgress(send: ShardDeps["send"], steps: number): (step: number) => void {
  send({ type: "progress", phase: "encoding", step: 0, steps });
  let next = 0;
  return (step) => {
    if (performance.now() < next) return;
    next = performance.now() + INTERVAL_MS;
    send({ type: "progress", phase: "encoding", step, steps });
  };
}

const POLL_MS = 100;

/** Waits for a process of this machine that does the same work, whose vectors are then there. */
export async function alone<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const lock = await takeLockFile(lockOf(path));
    if (lock === "elsewhere") return work();
    if (lock !== "here") return work().finally(() => lock.release());
    await sleep(POLL_MS);
  }
}
