import { type ClassGroups, classGroups } from "../models/class-groups.js";
import { foldOrder } from "../naive-bayes/fold-order.js";
import { fitNaiveBayes } from "../naive-bayes/naive-bayes.js";
import { hardTargets, type Targets } from "../naive-bayes/targets.js";
import type { Scratch } from "../ngrams/row-store.js";
import { type TextFeatures, textFeatures } from "../ngrams/text-features.js";
import { type HeldOut, heldOutProbabilities } from "./held-out.js";
import type { QuickOptions } from "./quick-model.js";
import type { HeldOutBlock, HeldOutSource } from "./source.js";

export interface QuickByParentOptions extends Omit<QuickOptions, "scratch"> {
  /** The parent of each class, (k). */
  readonly parentOf: Int32Array;
  /** Opens a file for what does not fit into memory; called once for each model and the features. */
  readonly openScratch: () => Scratch;
}

/** What the quick model of two steps says of every row. */
export interface QuickByParent {
  readonly source: HeldOutSource;
  readonly features: TextFeatures;
  /** Of the parents' model. */
  readonly temperature: number;
}

const BLOCK = 1024;

/**
 * Held-out probabilities of the quick model in two steps: naive Bayes of the parents, and of the children
 * of each parent from that parent's rows alone, each with a temperature of its own. Throws `cancelled`.
 */
export async function quickByParent(options: QuickByParentOptions): Promise<QuickByParent> {
  const { texts, labels, parentOf, folds, cjk, signal, openScratch, onProgress } = options;
  const groups = classGroups(parentOf);
  const features = await textFeatures(texts, {
    cjk,
    order: foldOrder(folds),
    scratch: openScratch(),
    signal,
  });
  const split = groups.childrenOf.flatMap(({ length }, parent) => (length > 1 ? [parent] : []));
  const models = 1 + split.length;
  let fitted = 0;
  const fit = async (own: Int32Array, k: number): Promise<HeldOut> => {
    const model = await fitNaiveBayes(features, { k, targets: targetsOf(own), folds, signal });
    const heldOut = await heldOutProbabilities(model, {
      ...{ labels: own, folds, signal },
      scratch: openScratch(),
      threads: options.threads,
      onProgress: (rows) => onProgress?.((fitted + rows / labels.length) / models),
    });
    fitted += 1;
    return heldOut;
  };
  const parents = await fit(
    labels.map((label) => parentOf[label]!),
    groups.parents,
  );
  const children = new Map<number, HeldOutSource>();
  for (const parent of split) {
    const own = labels.map((label) =>
      parentOf[label] === parent ? groups.placeOf[label]! : NO_LABEL,
    );
    const { source } = await fit(own, groups.childrenOf[parent]!.length);
    children.set(parent, source);
  }
  const source = product(parents.source, children, groups, labels);
  return { source, features, temperature: parents.temperature };
}

/** A row that a model has no label for: it teaches nothing, and is no ground for a temperature. */
const NO_LABEL = -1;

const targetsOf = (labels: Int32Array): Targets => {
  const all = hardTargets(labels);
  return {
    ...all,
    read: (row, classes, weights) =>
      labels[row] === NO_LABEL ? 0 : all.read(row, classes, weights),
  };
};

/** P(parent) P(child | parent) of every row. */
function product(
  parents: HeldOutSource,
  children: ReadonlyMap<number, HeldOutSource>,
  groups: ClassGroups,
  labels: Int32Array,
): HeldOutSource {
  const n = labels.length;
  const k = groups.parentOf.length;
  const { dtype } = parents;
  return {
    n,
    k,
    dtype,
    *blocks() {
      const ofParents = rowsOf(parents);
      const ofChildren = groups.childrenOf.map((_, parent) => {
        const source = children.get(parent);
        return source && rowsOf(source);
      });
      for (let start = 0; start < n; start += BLOCK) {
        const rows = Math.min(BLOCK, n - start);
        const cells = rows * k;
        const probs = dtype === "float64" ? new Float64Array(cells) : new Float32Array(cells);
        for (let i = 0; i < rows; i++) {
          const parent = ofParents.next().value!;
          groups.childrenOf.forEach((classes, p) => {
            const shares = ofChildren[p]?.next().value;
            classes.forEach((c, at) => {
              probs[i * k + c] = parent[p]! * (shares ? shares[at]! : 1);
            });
          });
        }
        yield { start, rows, labels: labels.subarray(start, start + rows), probs, lasting: true };
      }
    },
  };
}

function* rowsOf({ k, blocks }: HeldOutSource): Generator<HeldOutBlock["probs"], undefined> {
  for (const { rows, probs } of blocks()) {
    for (let i = 0; i < rows; i++) yield probs.subarray(i * k, (i + 1) * k);
  }
}
