import type { PackageRules } from "./rules.js";

export const CONFIDENT_LEARNING: PackageRules = {
  for: "thresholds, joint, flags, ranking; the order of classes",
  imports: [],
  note: "not even a library",
  folders: {
    pool: {
      for: "several models' probabilities as one, and which recipe a data set's size allows",
      imports: ["issues", "filter", "input", "errors.ts"],
    },
    truth: {
      for: "how good flags and ranking are where the true labels are known",
      imports: ["issues", "count", "errors.ts"],
    },
    annotators: {
      for: "several annotators: the consensus of their labels and a model, how good each of them is",
      imports: ["input", "errors.ts"],
    },
    "class-order": {
      for: "whether columns fit the given labels better in another order of classes",
      imports: ["input"],
    },
    findings: {
      for: "what else is wrong: near-duplicates with several labels, rows of no class, weak groups, labels in order; their tests",
      imports: [],
    },
    issues: {
      for: "the public operations: find label issues, score labels, health of classes, folds apart, multi-label, soft labels",
      imports: ["filter", "rank", "count", "input", "numeric", "errors.ts"],
    },
    filter: {
      for: "which rows are flagged, by each method",
      imports: ["rank", "count", "input"],
    },
    rank: {
      for: "scores of a label's quality, for the order",
      imports: ["count", "input", "numeric"],
    },
    count: {
      for: "thresholds, the confident joint, noise matrices: the passes over the rows, in threads",
      imports: ["input", "numeric", "errors.ts"],
    },
    input: {
      for: "labels and probabilities as a source that is read in blocks; options; checks of probabilities",
      imports: ["errors.ts"],
    },
    numeric: {
      for: "arithmetic as numpy does it: pairwise sums, rounding halves to even",
      imports: [],
    },
    "errors.ts": { for: "the package's errors, by code", imports: [] },
  },
};
