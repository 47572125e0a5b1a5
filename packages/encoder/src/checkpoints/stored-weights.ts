import { EncoderError } from "../errors.js";
import type { AlbertConfig } from "../model/config.js";
import { parameterShapes, type Weights } from "../model/parameters.js";
import type { CheckpointFlavour } from "./checkpoint-config.js";
import type { StoredTensor } from "./safetensors.js";
import { isIgnoredTensor, type WeightNames, weightNames } from "./weight-names.js";

/** Reads a file of a checkpoint's folder, given its whole path. */
export type ReadFile = (path: string) => Promise<Buffer>;

/** How one kind of checkpoint folder is laid out. */
export interface FolderFormat {
  readonly flavour: CheckpointFlavour;
  /** The usual name of its configuration. */
  readonly configFile: string;
  /** Every tensor of the folder by its own name, `files` being the folder's entries. */
  readTensors(
    folder: string,
    files: readonly string[],
    readFile: ReadFile,
  ): Promise<Map<string, StoredTensor>>;
  /** The names under which a weight of ours can lie in it; `theirs` is undefined for our own heads. */
  namesOf(ours: string, theirs: WeightNames | undefined): readonly string[];
  /** Whether it stores that kernel as (outputs, inputs). */
  isTransposed(theirs: WeightNames): boolean;
}

/**
 * The weights that the configuration's head needs, by our names, and the names of tensors that it
 * does not use. Throws `missing-weights` with a list of what is absent or has another shape.
 */
export function pickWeights(
  tensors: ReadonlyMap<string, StoredTensor>,
  format: FolderFormat,
  config: AlbertConfig,
  vocabularySize: number,
): { weights: Weights; surplus: string[] } {
  const names = weightNames(config);
  const used = new Set<string>();
  const weights: Weights = new Map();
  const faults: string[] = [];
  const find = (ours: string): StoredTensor | undefined => {
    const theirs = names.get(ours);
    const name = format.namesOf(ours, theirs).find((candidate) => tensors.has(candidate));
    if (name === undefined) return undefined;
    const stored = tensors.get(name)!;
    used.add(name);
    const turned = theirs !== undefined && format.isTransposed(theirs);
    return turned && stored.shape.length === 2 ? transposed(stored) : stored;
  };

  const classes = find("classifier.bias")?.shape[0] ?? 2;
  for (const [ours, { shape }] of parameterShapes(config, vocabularySize, classes)) {
    const stored = find(ours);
    // What stands above the encoder can be trained again; a head of another width is.
    const optional = /^(classifier|cnn\d|wide)/.test(ours);
    if (stored !== undefined && String(stored.shape) === String(shape)) weights.set(ours, stored);
    else if (!optional)
      faults.push(stored ? `${ours} is [${stored.shape}], not [${shape}]` : `${ours} is missing`);
  }
  if (faults.length > 0) {
    throw new EncoderError(
      "missing-weights",
      `The checkpoint does not fit its configuration: ${faults.join("; ")}.`,
    );
  }
  const surplus = [...tensors.keys()].filter((name) => !used.has(name) && !isIgnoredTensor(name));
  return { weights, surplus };
}

/** A matrix with rows and columns exchanged. */
export function transposed({ shape, values }: StoredTensor): StoredTensor {
  const [rows, columns] = shape as [number, number];
  const turned = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = values[i * columns + j]!;
  }
  return { shape: [columns, rows], values: turned };
}
