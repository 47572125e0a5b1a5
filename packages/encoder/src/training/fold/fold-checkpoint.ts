import { createHash } from "node:crypto";
import { stringify } from "safe-stable-stringify";
import { readSafetensors, writeSafetensors } from "../../checkpoints/safetensors.js";
import { EncoderError } from "../../errors.js";
import type { Weights } from "../../model/parameters.js";
import type { Engine, TrainingState } from "../steps/step-engine.js";

/** Everything a run needs to continue as if it had never stopped. */
export interface FoldState extends TrainingState {
  /** Sum of the losses in the current epoch. */
  readonly epochLoss: number;
  readonly epochs: readonly EpochMetrics[];
  /** Held-out probabilities of the best epoch so far, if the plan has patience. */
  readonly best: Float32Array | null;
  /** Held-out probabilities of the linear part, once it is fitted. */
  readonly linear: Float32Array | null;
}

/** The result of an epoch; held-out figures compare with the given labels. */
export interface EpochMetrics {
  readonly epoch: number;
  readonly trainLoss: number;
  /** Mean -log of the probability of the given label. */
  readonly heldOutLoss: number;
  readonly heldOutAccuracy: number;
}

/** Raised, too, when a step comes to other numbers: a fold has one arithmetic from end to end. */
const FORMAT = "winnow-fold-3";

/** The state as a safetensors file; `fingerprint` identifies the run that may read it back. */
export function writeFoldState(state: FoldState, fingerprint: string, engine: Engine): Uint8Array {
  const groups: [string, Weights | null][] = [
    ["weights", state.weights],
    ["first", state.first],
    ["second", state.second],
    ["averaged", state.averaged],
    ["best", probsGroup(state.best)],
    ["linear", probsGroup(state.linear)],
  ];
  const tensors = groups.flatMap(([group, weights]) =>
    [...(weights ?? [])].map(([name, weight]) => [`${group}/${name}`, weight] as const),
  );
  const { step, epochLoss, epochs } = state;
  return writeSafetensors(tensors, {
    format: FORMAT,
    fingerprint,
    engine,
    progress: JSON.stringify({ step, epochLoss, epochs }),
  });
}

function probsGroup(probs: Float32Array | null): Weights | null {
  return probs && new Map([["probs", { shape: [probs.length], values: probs }]]);
}

/**
 * Reads a state back, exact to the bit. Throws `bad-checkpoint` when it belongs to another run, or
 * to the other engine, whose dropout and rounding differ.
 */
export function readFoldState(bytes: Uint8Array, fingerprint: string, engine: Engine): FoldState {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.format === FORMAT && metadata.engine !== engine) {
    throw new EncoderError(
      "bad-checkpoint",
      `The checkpoint was made by the ${metadata.engine} engine, and this backend uses the ${engine} engine; start the fold again without it.`,
    );
  }
  if (metadata.format !== FORMAT || metadata.fingerprint !== fingerprint) {
    throw new EncoderError(
      "bad-checkpoint",
      "The checkpoint belongs to another run (model, data, seed or plan differ); start the fold again without it.",
    );
  }
  const group = (name: string): Weights =>
    new Map(
      [...tensors]
        .filter(([key]) => key.startsWith(`${name}/`))
        .map(([key, tensor]) => [key.slice(name.length + 1), tensor]),
    );
  const averaged = group("averaged");
  const progress = JSON.parse(metadata.progress as string) as Pick<
    FoldState,
    "step" | "epochLoss" | "epochs"
  >;
  return {
    ...progress,
    weights: group("weights"),
    first: group("first"),
    second: group("second"),
    averaged: averaged.size > 0 ? averaged : null,
    best: group("best").get("probs")?.values ?? null,
    linear: group("linear").get("probs")?.values ?? null,
  };
}

/** A digest of what determines a run's numbers: configuration, plan, seed and data. */
export function runFingerprint(settings: unknown, arrays: readonly ArrayBufferView[]): string {
  const hash = createHash("sha256").update(stringify(settings) ?? "");
  for (const array of arrays) {
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest("hex").slice(0, 32);
}
