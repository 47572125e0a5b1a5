import type { PackageRules } from "./rules.js";

export const LINEAR: PackageRules = {
  for: "n-gram features, softmax regression; no TensorFlow",
  imports: ["numeric"],
  folders: {
    models: {
      for: "models that are linear in their features, and their fitting",
      imports: ["features", "errors.ts"],
    },
    features: { for: "token ids to sparse n-gram features", imports: [] },
    "errors.ts": { for: "the package's errors, by code", imports: [] },
  },
};
