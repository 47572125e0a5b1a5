import type { PackageRules } from "./rules.js";

export const LINEAR: PackageRules = {
  for: "n-gram features, softmax regression, naive Bayes, Gaussians over vectors; no TensorFlow",
  imports: ["numeric"],
  folders: {
    "held-out": {
      for: "what the quick model says of rows that it did not learn from, in memory or in a caller's file",
      imports: ["gaussian", "naive-bayes", "ngrams", "errors.ts", "models"],
    },
    typicality: {
      for: "how much each row has in common with its class, by n-grams or vectors: rows of no class have little",
      imports: ["gaussian", "ngrams", "errors.ts"],
    },
    gaussian: {
      for: "vectors of an encoder: Gaussians of classes with one covariance, in closed form over folds",
      imports: ["naive-bayes", "errors.ts"],
    },
    "naive-bayes": {
      for: "the quick model: naive Bayes in closed form over folds, its temperature, what each feature adds",
      imports: ["ngrams", "errors.ts"],
    },
    ngrams: {
      for: "texts to sparse TF-IDF rows of words and characters, for data sets larger than memory",
      imports: ["errors.ts"],
    },
    models: {
      for: "models that are linear in their features, and their fitting",
      imports: ["features", "errors.ts"],
    },
    features: { for: "token ids to sparse n-gram features", imports: [] },
    "errors.ts": { for: "the package's errors, by code", imports: [] },
  },
};
