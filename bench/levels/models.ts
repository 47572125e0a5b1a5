import { assignFolds } from "@winnow/corpus";
import { createTokenizer, learnVocabulary, linearPartHere, wholeRows } from "@winnow/encoder";
import {
  fitSoftmaxByParent,
  fitSoftmaxRegression,
  quickByParent,
  quickModel,
  textsOf,
} from "@winnow/linear";
import { ScratchFile } from "@winnow/storage";
import type { TreeSet } from "./sets.js";

export type Head = "flat" | "parent-first";

/** Held-out probabilities (n, k) of the quick model, ten folds. */
export async function quick(set: TreeSet, labels: Int32Array, head: Head): Promise<Float64Array> {
  const { texts, names, parentOf } = set;
  const folds = assignFolds(labels, 10, 1);
  const files: ScratchFile[] = [];
  const openScratch = () => {
    const file = new ScratchFile();
    files.push(file);
    return file;
  };
  const options = { texts: textsOf(texts), labels, k: names.length, folds };
  try {
    const { source } =
      head === "flat"
        ? await quickModel({ ...options, scratch: [openScratch(), openScratch()] })
        : await quickByParent({ ...options, parentOf, openScratch });
    const probs = new Float64Array(labels.length * names.length);
    for (const block of source.blocks()) probs.set(block.probs, block.start * names.length);
    return probs;
  } finally {
    for (const file of files) file.close();
  }
}

/** Held-out probabilities (n, k) of the linear model, five folds, as the service trains it. */
export async function linear(set: TreeSet, labels: Int32Array, head: Head): Promise<Float64Array> {
  const { texts, names, parentOf } = set;
  const k = names.length;
  const folds = assignFolds(labels, 5, 1);
  const tokens = createTokenizer(learnVocabulary(texts), { maxLength: 64 }).encodeAll(texts);
  const rows = Int32Array.from(labels.keys());
  const probs = new Float64Array(labels.length * k);
  for (let fold = 0; fold < 5; fold++) {
    const testIndices = rows.filter((row) => folds[row] === fold);
    const own = await linearPartHere(
      head === "flat" ? fitSoftmaxRegression : (options) => fitSoftmaxByParent(options, parentOf),
      {
        rows: wholeRows({
          ...{ tokens, labels, testIndices, classes: k },
          trainIndices: rows.filter((row) => folds[row] !== fold),
        }),
        plan: { classWeights: "none", labelSmoothing: 0 },
        ...{ classes: k, seed: 1000 + fold },
      },
    );
    testIndices.forEach((row, i) => {
      probs.set(own.subarray(i * k, (i + 1) * k), row * k);
    });
  }
  return probs;
}
