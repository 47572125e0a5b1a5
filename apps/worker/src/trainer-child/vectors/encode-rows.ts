import { join } from "node:path";
import { encodingShards, FoldTrainingParams } from "@winnow/contracts";
import { encodeStaticUnits, encodeTexts, selectBackend } from "@winnow/encoder";
import { TextStore } from "@winnow/linear";
import { endEncoding, readDataset, readTexts } from "@winnow/store";
import { retryOnOutage } from "../../tasks/outages.js";
import type { BackendName } from "../../trainer/backends.js";
import { importBackendPackage } from "../backends/backend-packages.js";
import { afterFolds } from "../inputs/after-folds.js";
import { embedShard } from "./embed-shard.js";
import { type EncoderDeps, openRunEncoder, type RunEncoder } from "./run-encoder.js";
import type { EndpointDeps } from "./run-endpoint.js";
import {
  alone,
  encodingProgress,
  missingTexts,
  type Shard,
  type ShardClaim,
  type ShardDeps,
  type ShardFigures,
} from "./shards.js";

interface EncodeDeps extends EncoderDeps, EndpointDeps, ShardDeps {
  readonly backend: BackendName;
}

type Figures = Omit<ShardFigures, "columns">;

/**
 * Makes the vectors of the different texts of a shard, of which earlier attempts, other runs and equal
 * texts are a part, and ends the task. Throws `StaleClaimError` if the claim is lost, and what
 * `openRunEncoder` and `embedShard` throw.
 */
export async function encodeRows(claim: ShardClaim, deps: EncodeDeps): Promise<void> {
  const { store, send } = deps;
  const params = FoldTrainingParams.parse(claim.params);
  send({ type: "progress", phase: "preparing" });
  const { rows, classes } = await readDataset(store, claim.datasetId);
  if (rows === null || classes === null) throw new Error(`${claim.datasetId} is not ready`);
  const place = { shard: claim.shard, shards: encodingShards(params.model, rows) };
  const figures = params.model.embeddingsEndpoint
    ? await embedShard(claim, place, deps)
    : await encodeByEncoder(claim, params, place, deps);
  send({ type: "progress", phase: "writing", step: figures.texts, steps: figures.texts });
  const after = afterFolds(params, rows, classes);
  await retryOnOutage(() => endEncoding(store, claim, figures, after));
}

async function encodeByEncoder(
  claim: ShardClaim,
  { model: { encoder: source } }: FoldTrainingParams,
  place: Shard,
  deps: EncodeDeps,
): Promise<ShardFigures> {
  if (source === undefined) throw new Error(`the task ${claim.taskId} has no encoder`);
  const backend = await selectBackend(deps.backend, importBackendPackage);
  deps.send({ type: "backend", backend });
  const run = await openRunEncoder(source, deps);
  try {
    const figures = await alone(join(run.folder, `${place.shard}-of-${place.shards}`), () =>
      source.static ? encodeVocabulary(run, claim, deps) : encodeShard(run, place, claim, deps),
    );
    return { ...figures, columns: run.encoder.width };
  } finally {
    run.encoder.dispose();
  }
}

async function encodeShard(
  { encoder, openCache }: RunEncoder,
  place: Shard,
  { datasetId }: ShardClaim,
  deps: EncodeDeps,
): Promise<Figures> {
  const cache = await openCache();
  try {
    const hasVector = (key: Uint8Array) => cache.has(key);
    const { texts, missing } = await missingTexts(datasetId, place, hasVector, deps);
    const report = encodingProgress(deps.send, texts);
    const blocks = encodeTexts(encoder, missing.all(), {
      cache,
      onProgress: (done) => report(texts - missing.count + done),
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
