import type { PackageRules } from "./rules.js";

export const API: PackageRules = {
  for: "the HTTP API",
  imports: [
    "contracts",
    "store",
    "storage",
    "redis",
    "corpus",
    "confident-learning",
    "npy",
    "reader",
    "encoder",
    "linear",
    "sizing",
    "tracing",
  ],
  note: "corpus, confident-learning and npy for downloads; encoder, linear and sizing for estimates, without TensorFlow",
  folders: {
    service: {
      for: "builds the Fastify app from all that is below, and opens its address",
      imports: [
        "routes",
        "routing",
        "uploads",
        "events",
        "plugins",
        "problems",
        "access",
        "config.ts",
      ],
    },
    routes: {
      for: "the handlers of the routes, one file for each group of the reference",
      imports: [
        "routing",
        "uploads",
        "downloads",
        "dataset-folder",
        "receipts",
        "job-kinds",
        "events",
        "plugins",
        "access",
      ],
    },
    routing: {
      for: "what every handler needs: registration from the route table, validation, dry runs, idempotency keys",
      imports: ["plugins", "access", "events", "config.ts"],
    },
    uploads: {
      for: "bytes of uploads, whole or in parts, and previews of a file",
      imports: ["access"],
    },
    "dataset-folder": {
      for: "all splits of a pruning as one dataset folder in a tar stream: tables in shards, card, receipt",
      imports: ["receipts", "downloads"],
    },
    receipts: {
      for: "how datasets, runs and prunings were made, with hashes of what went in and came out",
      imports: [],
    },
    downloads: {
      for: "bytes of downloads: exports in every format, probabilities and soft labels as npy, model files",
      imports: ["access"],
    },
    "job-kinds": {
      for: "one file for each job kind's POST: what a key may read, and the estimate; and their table",
      imports: ["access"],
    },
    events: {
      for: "event streams of jobs, and the long poll",
      imports: [],
    },
    plugins: {
      for: "Fastify plugins around all routes: keys, rate limit, overload, bodies, audit, log, metrics, OpenAPI, error pages",
      imports: ["problems", "access", "queue"],
    },
    problems: {
      for: "what becomes which problem: faults of a request, of the store, of the HTTP parser; plugins/problems.ts sends it",
      imports: [],
    },
    access: {
      for: "rules without Fastify: whether keys are required, origins, allowed sources; a limiter of expensive operations",
      imports: [],
    },
    queue: {
      for: "reads Redis for the queue board and the readiness probe; jobs reach a queue through the worker's relay",
      imports: [],
    },
    "config.ts": { for: "the API's settings", imports: [] },
  },
};
