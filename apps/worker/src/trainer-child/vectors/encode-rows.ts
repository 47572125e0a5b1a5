import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { encoderShards, FoldTrainingParams } from "@winnow/contracts";
import { encodeStaticUnits, encodeTexts, selectBackend, textKey } from "@winnow/encoder";
import { TextStore } from "@winnow/linear";
import { lockOf, takeLockFile } from "@winnow/storage";
import {
  type Claim,
  type EncodingFigures,
  endEncoding,
  readDataset,
  readTexts,
  type Store,
} from "@winnow/store";
import { retryOnOutage } from "../../tasks/outages.js";
import type { BackendName } from "../../trainer/backends.js";
import type { ChildMessage } from "../../trainer/messages.js";
import { importBackendPackage } from "../backends/backend-packages.js";
import { afterFolds } from "../inputs/after-folds.js";
import { type EncoderDeps, openRunEncoder, type RunEncoder } from "./run-encoder.js";
import { isOfShard, type Shard } from "./shards.js";

/** A claim of a task that encodes a shard of a run's texts. */
export type ShardClaim = Claim & {
  readonly shard: number;
  readonly datasetId: string;
  readonly crossValidationId: string;
};

interface EncodeDeps extends EncoderDeps {
  readonly backend: BackendName;
  readonly store: Store;
  /** Sends a message to the worker. */
  send(message: ChildMessage): void;
}

type Figures = Omit<EncodingFigures, "columns">;

/**
 * Encodes the different texts of a shard into the cache, of which earlier attempts, other runs and equal
 * texts are a part, and ends the task. Throws `StaleClaimError` if the claim is lost, and what
 * `openRunEncoder` throws.
 */
export async function encodeRows(claim: ShardClaim, deps: EncodeDeps): Promise<void> {
  const { store, send } = deps;
  const params = FoldTrainingParams.parse(claim.params);
  const { encoder: source } = params.model;
  if (source === undefined) throw new Error(`the task ${claim.taskId} has no encoder`);
  send({ type: "progress", phase: "preparing" });
  send({ type: "backend", backend: await selectBackend(deps.backend, importBackendPackage) });
  const { rows, classes } = await readDataset(store, claim.datasetId);
  if (rows === null || classes === null) throw new Error(`${claim.datasetId} is not ready`);
  const run = await openRunEncoder(source, deps);
  try {
    const place = { shard: claim.shard, shards: encoderShards(source, rows) };
    const figures = await alone(join(run.folder, `${place.shard}-of-${place.shards}`), () =>
      source.static ? encodeVocabulary(run, claim, deps) : encodeShard(run, place, claim, deps),
    );
    send({ type: "progress", phase: "writing", step: figures.texts, steps: figures.texts });
    const columns = run.encoder.width;
    const after = afterFolds(params, rows, classes);
    await retryOnOutage(() => endEncoding(store, claim, { ...figures, columns }, after));
  } finally {
    run.encoder.dispose();
  }
}

async function encodeShard(
  { encoder, openCache }: RunEncoder,
  place: Shard,
  { datasetId }: ShardClaim,
  { store, send }: EncodeDeps,
): Promise<Figures> {
  const cache = await openCache();
  try {
    const met = new Set<string>();
    const missing = new TextStore();
    await readTexts(store, datasetId, (text) => {
      const key = textKey(text);
      if (!isOfShard(key, place)) return;
      const name = Buffer.from(key).toString("latin1");
      if (met.has(name)) return;
      met.add(name);
      if (!cache.has(key)) missing.add(text);
    });
    const texts = met.size;
    const cached = texts - missing.count;
    send({ type: "note", message: "encoding", data: { shard: place.shard, texts, cached } });
    const report = encodingProgress(send, texts);
    const blocks = encodeTexts(encoder, missing.all(), {
      cache,
      onProgress: (done) => report(cached + done),
    });
    for await (const _ of blocks);
    return { texts, encoded: missing.count };
  } finally {
    await cache.close();
  }
}

async function encodeVocabulary(
  { encoder, cacheFolder }: RunEncoder,
  { datasetId }: ShardClaim,
  { store, send }: EncodeDeps,
): Promise<Figures> {
  const texts = new TextStore();
  await readTexts(store, datasetId, (text) => texts.add(text));
  const steps = encoder.vocabularySize;
  const report = encodingProgress(send, steps);
  const { units, encoded } = await encodeStaticUnits(encoder, texts, cacheFolder, {
    onProgress: (share) => report(Math.floor(share * steps)),
  });
  return { texts: units, encoded };
}

const INTERVAL_MS = 1_000;

/** Sends the texts that are done, once a second. */
function encodingProgress(send: EncodeDeps["send"], steps: number): (step: number) => void {
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
async function alone<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const lock = await takeLockFile(lockOf(path));
    if (lock === "elsewhere") return work();
    if (lock !== "here") return work().finally(() => lock.release());
    await sleep(POLL_MS);
  }
}
