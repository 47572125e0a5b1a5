import {
  type AlbertErrorCode,
  createTokenizer,
  learnVocabulary,
  modelConfig,
  type SelectedBackend,
  selectBackend,
  type TokenTable,
  trainFold,
} from "@winnow/albert";
import { type ErrorCode, FoldTrainingParams } from "@winnow/contracts";
import { assignFolds } from "@winnow/corpus";
import { type Claim, readTrainingData, type Store, writeFold } from "@winnow/store";
import { ALBERT_CODES } from "../errors.js";
import { outlastingOutages } from "../outages.js";
import { importBackendPackage } from "./backend-packages.js";
import type { ChildMessage } from "./messages.js";

ALBERT_CODES satisfies Record<AlbertErrorCode, ErrorCode>;

const PROGRESS_EVERY_MS = 1_000;

/** What the training of a fold may use from outside. */
export interface FoldDeps {
  readonly store: Store;
  tell(message: ChildMessage): void;
}

/**
 * Trains one fold on all the others, predicts its own samples and writes them, guarded by the
 * claim. The same parameters, data and machine give the same probabilities. Throws
 * `StaleClaimError` when the claim is lost; then nothing was written.
 */
export async function runFold(
  claim: Claim & { readonly fold: number },
  { store, tell }: FoldDeps,
): Promise<void> {
  const startedAt = performance.now();
  const params = FoldTrainingParams.parse(claim.params);
  tell({ type: "progress", phase: "preparing" });
  const backend = await selectBackend(params.backend, importBackendPackage);
  tell({ type: "backend", backend });
  const data = await readTrainingData(store, claim.datasetId);
  const { labels, classCount } = data;
  const split = splitOf(assignFolds(labels, params.folds, params.seed), claim.fold);
  const { tokens, vocabularySize } = tokenise(data.texts, params);
  const result = await trainFold({
    config: modelConfig(params.model),
    vocabularySize,
    classes: classCount,
    tokens,
    labels,
    ...split,
    seed: foldSeed(params.seed, claim.fold),
    training: params.training,
    onProgress: throttled(({ step, steps, epoch, loss, samples }) => {
      const rate = samples / ((performance.now() - startedAt) / 1000);
      const metrics = { epoch, loss, samplesPerSecond: Math.round(rate) };
      tell({ type: "progress", phase: "training", step, steps, metrics });
    }),
    onEpoch: (metrics) => tell({ type: "epoch", ...metrics }),
  });
  tell({ type: "progress", phase: "writing", step: result.steps, steps: result.steps });
  const last = result.epochs.at(-1);
  if (last === undefined) throw new Error("the training reported no epoch");
  const { testIndices } = split;
  await outlastingOutages(() =>
    writeFold(
      store,
      claim,
      {
        fold: claim.fold,
        ordinals: testIndices,
        labels: testIndices.map((row) => labels[row] as number),
        probs: result.probs,
        classCount,
      },
      {
        trainRows: split.trainIndices.length,
        testRows: testIndices.length,
        accuracy: last.heldOutAccuracy,
        loss: last.heldOutLoss,
        epochs: result.epochs.map((epoch) => ({ ...epoch })),
        seconds: (performance.now() - startedAt) / 1000,
        backend: describe(backend, vocabularySize, result.plan),
      },
    ),
  );
}

/** Rows of the fold and of all the others, each ascending. */
function splitOf(folds: Uint8Array, fold: number) {
  const test: number[] = [];
  const train: number[] = [];
  folds.forEach((of, row) => {
    (of === fold ? test : train).push(row);
  });
  return { trainIndices: Int32Array.from(train), testIndices: Int32Array.from(test) };
}

/**
 * All texts teach the vocabulary, the held-out ones too: it sees no label, and so every fold of a
 * run has the same one.
 */
function tokenise(
  texts: readonly string[],
  { model }: FoldTrainingParams,
): { tokens: TokenTable; vocabularySize: number } {
  const vocabulary = learnVocabulary(texts, model.vocabulary);
  const tokenizer = createTokenizer(vocabulary, { maxLength: model.maxLength });
  return { tokens: tokenizer.encodeAll(texts), vocabularySize: vocabulary.tokens.length };
}

/** Folds start from different weights, so that they do not share one start's luck. */
const foldSeed = (seed: number, fold: number): number => (seed + fold * 0x9e37_79b9) >>> 0;

function describe(backend: SelectedBackend, vocabularySize: number, plan: object) {
  return { ...backend, node: process.version, vocabularySize, plan };
}

function throttled<T>(report: (value: T) => void): (value: T) => void {
  let next = 0;
  return (value) => {
    const now = performance.now();
    if (now < next) return;
    next = now + PROGRESS_EVERY_MS;
    report(value);
  };
}
