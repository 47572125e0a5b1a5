import type { PackageRules } from "./rules.js";

export const EMBEDDINGS: PackageRules = {
  for: "the client of embeddings endpoints of OpenAI's form: texts to vectors by somebody else's encoder",
  imports: ["contracts", "network", "storage", "encoder"],
  folders: {
    cache: {
      for: "vectors of an endpoint by text, in a folder, and which model gave them",
      imports: ["texts", "endpoint", "errors.ts"],
    },
    texts: {
      for: "texts of any number to vectors: blocks, batches, several requests at once, a caller's cache",
      imports: ["endpoint", "errors.ts"],
    },
    endpoint: {
      for: "one endpoint: its address, requests, answers and their checks, what is tried again",
      imports: ["errors.ts"],
    },
    "errors.ts": { for: "the package's errors, by code", imports: [] },
  },
};
