import type { TokenTable } from "../features/ngram-features.js";
import { type ClassGroups, classGroups } from "./class-groups.js";
import {
  fitSoftmaxRegression,
  type SoftmaxRegression,
  type SoftmaxRegressionOptions,
  softmaxRegressionSteps,
  type TargetBatch,
} from "./softmax-regression.js";

/** Softmax regressions of two steps: which parent, and which child of each parent. */
export class SoftmaxByParent {
  readonly #groups: ClassGroups;
  readonly #parent: SoftmaxRegression;
  /** Null where a parent has one child, or no row to learn it from. */
  readonly #children: readonly (SoftmaxRegression | null)[];
  readonly #ofParents: Float64Array;
  readonly #ofChildren: readonly Float64Array[];

  constructor(
    groups: ClassGroups,
    parent: SoftmaxRegression,
    children: readonly (SoftmaxRegression | null)[],
  ) {
    this.#groups = groups;
    this.#parent = parent;
    this.#children = children;
    this.#ofParents = new Float64Array(groups.parents);
    this.#ofChildren = groups.childrenOf.map(({ length }) => new Float64Array(length));
  }

  /** Writes P(parent) P(child | parent) of text `row` to `out` (C). Throws `training-diverged`. */
  probabilitiesInto(tokens: TokenTable, row: number, out: Float64Array): void {
    this.#parent.probabilitiesInto(tokens, row, this.#ofParents);
    this.#groups.childrenOf.forEach((classes, parent) => {
      const shares = this.#ofChildren[parent]!;
      const model = this.#children[parent];
      if (model) model.probabilitiesInto(tokens, row, shares);
      else shares.fill(1 / classes.length);
      classes.forEach((k, i) => {
        out[k] = this.#ofParents[parent]! * shares[i]!;
      });
    });
  }
}

/**
 * Fits one regression to the parents and one to the children of each: a row teaches a parent's children
 * as much as its targets lie below that parent. `parentOf` (C) is each class's parent. Throws as
 * `fitSoftmaxRegression` does.
 */
export async function fitSoftmaxByParent(
  { onProgress, ...options }: SoftmaxRegressionOptions,
  parentOf: Int32Array,
): Promise<SoftmaxByParent> {
  const groups = classGroups(parentOf);
  const { rows } = options;
  const learned = (await rowsOfParents(options, groups)).map((indices, parent) =>
    groups.childrenOf[parent]!.length > 1 ? indices : [],
  );
  const all = learned.reduce((sum, indices) => sum + rowsIn(indices), sum(rows.trainRows));
  let before = 0;
  const fit = async (part: Part, indices?: readonly Int32Array[]) => {
    const own = indices ? indices.map(({ length }) => length) : rows.trainRows;
    const model = await fitSoftmaxRegression({
      ...options,
      classes: part.classes,
      rows: {
        ...rows,
        trainRows: own,
        async readShard(index) {
          const shard = await rows.readShard(index);
          return {
            tokens: shard.tokens,
            trainIndices: indices?.[index] ?? shard.trainIndices,
            targetsOf: (batch) => part.of(shard.targetsOf(batch)),
          };
        },
      },
      onProgress: (done, steps) => onProgress?.(done + before, (steps / sum(own)) * all),
    });
    before += softmaxRegressionSteps(sum(own));
    return model;
  };
  const parent = await fit(partOfParents(options, groups));
  const children: (SoftmaxRegression | null)[] = [];
  for (const [index, indices] of learned.entries()) {
    const part = partOfChildren(options, groups, index);
    children.push(rowsIn(indices) === 0 ? null : await fit(part, indices));
  }
  return new SoftmaxByParent(groups, parent, children);
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
const rowsIn = (indices: readonly Int32Array[]): number => sum(indices.map(({ length }) => length));

/** One of the regressions: its classes, and its targets from those of all classes. */
interface Part {
  readonly classes: number;
  of(batch: TargetBatch): TargetBatch;
}

function partOfParents(
  { classes }: Pick<SoftmaxRegressionOptions, "classes">,
  { parents, parentOf }: ClassGroups,
): Part {
  return {
    classes: parents,
    of({ targets, shares }) {
      const rows = shares.length;
      const summed = new Float32Array(rows * parents);
      for (let b = 0; b < rows; b++) {
        for (let k = 0; k < classes; k++) {
          summed[b * parents + parentOf[k]!]! += targets[b * classes + k]!;
        }
      }
      return { targets: summed, shares };
    },
  };
}

/** The children's targets as shares of what lies below the parent, which weighs the row. */
function partOfChildren(
  { classes }: Pick<SoftmaxRegressionOptions, "classes">,
  { childrenOf }: ClassGroups,
  parent: number,
): Part {
  const children = childrenOf[parent]!;
  return {
    classes: children.length,
    of({ targets, shares }) {
      const rows = shares.length;
      const own = new Float32Array(rows * children.length);
      const weights = new Float32Array(rows);
      for (let b = 0; b < rows; b++) {
        const mass = children.reduce((sum, k) => sum + targets[b * classes + k]!, 0);
        weights[b] = shares[b]! * mass;
        children.forEach((k, i) => {
          own[b * children.length + i] = mass > 0 ? targets[b * classes + k]! / mass : 0;
        });
      }
      return { targets: own, shares: weights };
    },
  };
}

const BATCH = 4096;

/** The rows with a target below each parent, by parent and shard. */
async function rowsOfParents(
  { rows, classes }: SoftmaxRegressionOptions,
  { parents, parentOf }: ClassGroups,
): Promise<Int32Array[][]> {
  const found: Int32Array[][] = Array.from({ length: parents }, () => []);
  for (const shard of rows.trainRows.keys()) {
    const { trainIndices, targetsOf } = await rows.readShard(shard);
    const own = Array.from({ length: parents }, () => [] as number[]);
    for (let start = 0; start < trainIndices.length; start += BATCH) {
      const batch = trainIndices.subarray(start, start + BATCH);
      const { targets } = targetsOf(batch);
      batch.forEach((row, b) => {
        const below = new Set<number>();
        for (let k = 0; k < classes; k++) {
          if (targets[b * classes + k]! > 0) below.add(parentOf[k]!);
        }
        for (const parent of below) own[parent]!.push(row);
      });
    }
    own.forEach((indices, parent) => {
      found[parent]!.push(Int32Array.from(indices));
    });
  }
  return found;
}
