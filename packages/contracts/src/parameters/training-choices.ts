import type { FieldError } from "../errors/errors.js";
import { encodesRows } from "./encoder-parameters.js";
import type {
  LinearParams,
  ModelKind,
  ModelParams,
  NetworkParams,
  RunMember,
} from "./model-parameters.js";
import { pruningFaults } from "./pruning-parameters.js";
import type { EpochChoice, FoldTrainingParams, TrainingParams } from "./training-parameters.js";

type Asked = Pick<FoldTrainingParams, "model" | "training">;
type Of<Model> = FoldTrainingParams & { readonly model: Model };

/** A training of the network. */
export type NetworkTraining = Of<NetworkParams>;
/** A training whose model reads tokens. */
export type TokenTraining = Of<NetworkParams | LinearParams>;

/** What a model says of vectors. */
type VectorParams = Pick<ModelParams, "embeddings" | "encoder" | "embeddingsEndpoint">;

export const modelKindOf = ({ model }: Pick<FoldTrainingParams, "model">): ModelKind =>
  model.kind ?? "albert";

export const isNetwork = <P extends Pick<FoldTrainingParams, "model">>(
  params: P,
): params is P & { readonly model: NetworkParams } =>
  modelKindOf(params) === "albert" || modelKindOf(params) === "bert";

/** Whether a model has vectors of the rows, from wherever. */
export const hasVectors = (model: VectorParams): boolean =>
  model.embeddings !== undefined || encodesRows(model);

/** The number of folds of the request, or the model's default for a dataset of so many rows. */
export function foldsOf(asked: Pick<FoldTrainingParams, "folds" | "model">, rows: number): number {
  if (asked.folds !== undefined) return asked.folds;
  return modelKindOf(asked) === "quick" ? Math.min(10, rows) : 5;
}

/** The recipe of the request, or the default for the network. */
export const recipeOf = (asked: Asked): "scratch" | "fine-tune" =>
  asked.training.recipe ?? (isNetwork(asked) && asked.model.checkpoint ? "fine-tune" : "scratch");

/** How the epoch whose predictions count is chosen; models without epochs have nothing to choose. */
export function epochChoiceOf(asked: Asked): EpochChoice {
  const { epochChoice, patience } = asked.training;
  if (!isNetwork(asked)) return "last";
  return epochChoice ?? (recipeOf(asked) === "fine-tune" && !patience ? "last" : "vote");
}

/**
 * Whether the request, or the default for its model, asks for a second round as a task of its own. With
 * vectors there is always one; the quick model has it in its folds' task.
 */
export const asksSecondRound = (
  asked: Pick<FoldTrainingParams, "model" | "secondRound">,
): boolean =>
  asked.secondRound ??
  (isNetwork(asked) || (modelKindOf(asked) !== "quick" && hasVectors(asked.model)));

/** Of a second round's task. */
export const SECOND_ROUND_STEPS = 100;

/** The member of the pool that the folds themselves are. */
export const foldsMemberOf = (asked: Pick<FoldTrainingParams, "model">): RunMember =>
  isNetwork(asked) ? "network" : "linear";

/** Whether a run of this configuration keeps its folds' models; one without a training keeps none. */
export const keepsModels = ({ training }: Partial<FoldTrainingParams>): boolean =>
  training?.keepModels === true;

/** Parameters that are valid alone but not together, each with its place in the body. */
export function trainingFaults(asked: FoldTrainingParams): FieldError[] {
  return [
    ...(isNetwork(asked) ? networkFaults(asked) : foreignFaults(asked)),
    ...vectorFaults(asked),
    ...levelFaults(asked),
    ...(asked.pruning ? pruningFaults(asked.pruning, "/pruning") : []),
  ];
}

function vectorFaults({ model, secondRound }: FoldTrainingParams): FieldError[] {
  const { embeddings } = model;
  const faults: FieldError[] = [];
  const [source, ...others] = vectorSources(model);
  for (const pointer of others) {
    const detail = `The rows have one vector each: leave this out, or ${source}`;
    faults.push({ pointer, detail });
  }
  if (source !== undefined && secondRound === false) {
    const detail = `Only the second round reads vectors; leave it out, or leave ${source} out`;
    faults.push({ pointer: "/secondRound", detail });
  }
  if (embeddings?.idsArray !== undefined && embeddings.ids === undefined) {
    const detail = "It names an array of the upload `ids`, which is missing";
    faults.push({ pointer: "/model/embeddings/idsArray", detail });
  }
  return faults;
}

/** Whether the parents of classes are predicted before the classes. */
export const isParentFirst = ({ model }: Pick<FoldTrainingParams, "model">): boolean =>
  "levels" in model && model.levels === "parent-first";

function levelFaults(asked: FoldTrainingParams): FieldError[] {
  if (!isParentFirst(asked) || !(hasVectors(asked.model) || asked.secondRound)) return [];
  const detail = "Two rounds predict all classes at once: leave it out, or vectors and secondRound";
  return [{ pointer: "/model/levels", detail }];
}

/** Where a model says that its vectors come from; no more than one is right. */
const vectorSources = ({ embeddings, encoder, embeddingsEndpoint }: VectorParams): string[] => [
  ...(embeddings ? ["/model/embeddings"] : []),
  ...(encoder ? ["/model/encoder"] : []),
  ...(embeddingsEndpoint ? ["/model/embeddingsEndpoint"] : []),
];

/** What each of the other models learns by; the rest of `training` is of the network. */
const TAKEN: Readonly<
  Record<Exclude<ModelKind, "albert" | "bert">, readonly (keyof TrainingParams)[]>
> = {
  linear: ["classWeights", "labelSmoothing", "softTargets"],
  quick: [],
};

/** Settings of the network in a request for another model: nothing is ignored in silence. */
function foreignFaults({
  model,
  training,
  backend,
  secondRound,
}: FoldTrainingParams): FieldError[] {
  const kind = model.kind === "linear" ? "linear" : "quick";
  const faults = (Object.keys(training) as (keyof TrainingParams)[])
    .filter((name) => training[name] !== undefined && !TAKEN[kind].includes(name))
    // Its default is false.
    .filter((name) => name !== "keepModels" || training.keepModels)
    .map((name) => ({
      pointer: `/training/${name}`,
      detail: `The ${kind} model takes no ${name}; leave it out, or set /model/kind to "albert"`,
    }));
  // An encoder runs on one, whatever the model.
  if (backend !== "auto" && model.encoder === undefined) {
    const detail = `The ${kind} model needs no backend; leave it out, or set /model/kind to "albert"`;
    faults.push({ pointer: "/backend", detail });
  }
  if (kind === "quick" && secondRound) {
    const detail =
      "The quick model has no second round of its own choice: with vectors it always has one. Leave it out";
    faults.push({ pointer: "/secondRound", detail });
  }
  return faults;
}

function networkFaults({
  model,
  training,
}: Pick<NetworkTraining, "model" | "training">): FieldError[] {
  const faults: FieldError[] = [];
  const add = (pointer: string, detail: string) => faults.push({ pointer, detail });
  const { head } = model;
  if (model.kind !== "bert" && typeof model.preset !== "string" && !model.checkpoint) {
    const { hiddenSize, heads, layers } = model.preset;
    if (hiddenSize % heads !== 0) {
      add("/model/preset/heads", `Must divide hiddenSize, ${hiddenSize}`);
    }
    const readsLayer = head.tap !== "last" && head.tap !== "pooler";
    if (readsLayer && head.layer > layers) {
      add("/model/head/layer", `The head reads block ${head.layer}; the model has ${layers}`);
    }
  }
  if (head.tap === "pooler" && head.pooling !== undefined && head.pooling !== "cls") {
    add("/model/head/pooling", "The pooler reads only the CLS row");
  }
  const { batchSize, microBatchSize, weightDecay, optimizer, schedule, epochs } = training;
  if (microBatchSize && batchSize && microBatchSize > batchSize) {
    add("/training/microBatchSize", `At most batchSize, ${batchSize}`);
  }
  if (weightDecay && optimizer !== "adamw") {
    add("/training/weightDecay", "Needs the optimizer adamw");
  }
  if (training.evaluateEvery && epochs && training.evaluateEvery > epochs) {
    add("/training/evaluateEvery", `At most epochs, ${epochs}`);
  }
  if (schedule?.type === "piecewise") {
    const at = schedule.points.findIndex(
      ([step], i, all) => i > 0 && step <= (all[i - 1]?.[0] ?? 0),
    );
    if (at > 0) add(`/training/schedule/points/${at}`, "Steps must increase");
  }
  return faults;
}
