import { EncoderError } from "../errors.js";
import type { EncoderConfig } from "../model/config.js";
import { parameterShapes, type Weights } from "../model/parameters.js";
import type { CheckpointFlavour } from "./checkpoint-config.js";
import type { StoredTensor } from "./safetensors.js";
import { isIgnoredTensor, type WeightNames, weightNames } from "./weight-names.js";

/** Reads a file of a checkpoint's folder, given its whole path. */
export type ReadFile = (path: string) => Promise<Buffer>;

/** The names under which a weight of ours can lie; `theirs` is undefined for our own heads. */
export type Naming = (ours: string, theirs: WeightNames | undefined) => readonly string[];

/** How one kind of checkpoint folder is laid out. */
export interface FolderFormat {
  readonly flavour: CheckpointFlavour;
  /** The usual names of its configuration, the likeliest first. */
  readonly configFiles: readonly string[];
  /** Every tensor of the folder by its own name, `files` being the folder's entries. */
  readTensors(
    folder: string,
    files: readonly string[],
    readFile: ReadFile,
  ): Promise<Map<string, StoredTensor>>;
  /** How the tensors of such a file are called. */
  naming(tensors: ReadonlyMap<string, StoredTensor>): Naming;
  /** Whether it stores that kernel as (outputs, inputs). */
  isTransposed(theirs: WeightNames): boolean;
}

/** The weights that a head needs, found among the tensors of a file. */
export interface PickedWeights {
  readonly weights: Weights;
  /** Rows of the word embeddings. */
  readonly vocabularySize: number;
  readonly surplus: string[];
}

/** Rows by which word embeddings are padded at most: to a multiple of so many. */
const MOST_PADDING = 1024;
/** Faults that are listed; the rest is counted. */
const LISTED = 10;

/**
 * The weights that the configuration's head needs, by our names, and the names of tensors that it
 * does not use. Word embeddings may have more rows than the configuration says: a vocabulary padded
 * to a multiple of 8, 64 or 1,024. Throws `missing-weights` with a list of what is absent or has
 * another shape.
 */
export function pickWeights(
  tensors: ReadonlyMap<string, StoredTensor>,
  format: FolderFormat,
  config: EncoderConfig,
  configuredSize: number,
): PickedWeights {
  const names = weightNames(config);
  const namesOf = format.naming(tensors);
  const used = new Set<string>();
  const weights: Weights = new Map();
  const faults = new Map<string, string>();
  const find = (ours: string): { stored: StoredTensor; turned: boolean } | undefined => {
    const theirs = names.get(ours);
    const name = namesOf(ours, theirs).find((candidate) => tensors.has(candidate));
    if (name === undefined) return undefined;
    used.add(name);
    const stored = tensors.get(name)!;
    const turned = theirs !== undefined && format.isTransposed(theirs);
    return { stored, turned: turned && stored.shape.length === 2 };
  };

  const classes = find("classifier.bias")?.stored.shape[0] ?? 2;
  const rows = find("embeddings.word")?.stored.shape[0] ?? 0;
  const isPadded = rows > configuredSize && rows - configuredSize < MOST_PADDING;
  const vocabularySize = isPadded ? rows : configuredSize;
  const shapes = parameterShapes(config, vocabularySize, classes);
  for (const [ours, { shape }] of shapes) {
    const found = find(ours);
    const has = found?.turned ? [...found.stored.shape].reverse() : found?.stored.shape;
    // What stands above the encoder can be trained again; a head of another width is.
    const optional = /^(classifier|cnn\d|wide)/.test(ours);
    if (found !== undefined && String(has) === String(shape)) {
      const { shape: sides, values } = found.turned ? transposed(found.stored) : found.stored;
      weights.set(ours, { shape: sides, values });
    } else if (!optional)
      faults.set(ours, has ? `${ours} is [${has}], not [${shape}]` : `${ours} is missing`);
  }
  if (faults.size > 0) throw new EncoderError("missing-weights", faultsText(faults, shapes));
  const surplus = [...tensors.keys()].filter((name) => !used.has(name) && !isIgnoredTensor(name));
  return { weights, vocabularySize, surplus };
}

function faultsText(
  faults: ReadonlyMap<string, string>,
  shapes: ReadonlyMap<string, unknown>,
): string {
  const blockOf = (ours: string) => /^group(\d+)\./.exec(ours)?.[1];
  const blocks = new Set([...faults.keys()].map(blockOf).filter((block) => block !== undefined));
  const isAbsent = (block: string) =>
    [...shapes.keys()].every(
      (ours) => blockOf(ours) !== block || faults.get(ours)?.endsWith("is missing"),
    );
  const absent = [...blocks].filter(isAbsent);
  const single = [...faults]
    .filter(([ours]) => !absent.includes(blockOf(ours) ?? ""))
    .map(([, fault]) => fault);
  const listed = [
    ...(absent.length > 0 ? [`all weights of the blocks ${absent.join(", ")} are missing`] : []),
    ...single.slice(0, LISTED),
    ...(single.length > LISTED ? [`and ${single.length - LISTED} more`] : []),
  ];
  return `The checkpoint does not fit its configuration: ${listed.join("; ")}. Take config.json and the weights from the same model.`;
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
