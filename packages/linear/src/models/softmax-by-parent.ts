import { type ClassGroups, classGroups } from "./class-groups.js";
import {
  fitSoftmaxRegression,
  type SoftmaxRegression,
  type SoftmaxRegressionOptions,
  softmaxRegressionSteps,
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
  probabilitiesInto(row: number, out: Float64Array): void {
    this.#parent.probabilitiesInto(row, this.#ofParents);
    this.#groups.childrenOf.forEach((classes, parent) => {
      const shares = this.#ofChildren[parent]!;
      const model = this.#children[parent];
      if (model) model.probabilitiesInto(row, shares);
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
  const learned = rowsOfParents(options, groups).map((rows, parent) =>
    groups.childrenOf[parent]!.length > 1 ? rows : new Int32Array(0),
  );
  const all = learned.reduce((sum, { length }) => sum + length, options.trainIndices.length);
  let before = 0;
  const fit = async (trainIndices: Int32Array, part: Part) => {
    const model = await fitSoftmaxRegression({
      ...options,
      ...part,
      trainIndices,
      onProgress: (done, own) => onProgress?.(done + before, (own / trainIndices.length) * all),
    });
    before += softmaxRegressionSteps(trainIndices.length);
    return model;
  };
  const parent = await fit(options.trainIndices, partOfParents(options, groups));
  const children: (SoftmaxRegression | null)[] = [];
  for (const [index, rows] of learned.entries()) {
    const part = partOfChildren(options, groups, index);
    children.push(rows.length === 0 ? null : await fit(rows, part));
  }
  return new SoftmaxByParent(groups, parent, children);
}

type Part = Pick<SoftmaxRegressionOptions, "classes" | "targetsOf">;

function partOfParents(
  { targetsOf, classes }: SoftmaxRegressionOptions,
  { parents, parentOf }: ClassGroups,
): Part {
  return {
    classes: parents,
    targetsOf(rows) {
      const { targets, shares } = targetsOf(rows);
      const summed = new Float32Array(rows.length * parents);
      for (let b = 0; b < rows.length; b++) {
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
  { targetsOf, classes }: SoftmaxRegressionOptions,
  { childrenOf }: ClassGroups,
  parent: number,
): Part {
  const children = childrenOf[parent]!;
  return {
    classes: children.length,
    targetsOf(rows) {
      const { targets, shares } = targetsOf(rows);
      const own = new Float32Array(rows.length * children.length);
      const weights = new Float32Array(rows.length);
      for (let b = 0; b < rows.length; b++) {
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

/** The rows with a target below each parent. */
function rowsOfParents(
  { trainIndices, targetsOf, classes }: SoftmaxRegressionOptions,
  { parents, parentOf }: ClassGroups,
): Int32Array[] {
  const found = Array.from({ length: parents }, () => [] as number[]);
  for (let start = 0; start < trainIndices.length; start += BATCH) {
    const rows = trainIndices.subarray(start, start + BATCH);
    const { targets } = targetsOf(rows);
    rows.forEach((row, b) => {
      const below = new Set<number>();
      for (let k = 0; k < classes; k++) {
        if (targets[b * classes + k]! > 0) below.add(parentOf[k]!);
      }
      for (const parent of below) found[parent]!.push(row);
    });
  }
  return found.map((rows) => Int32Array.from(rows));
}
