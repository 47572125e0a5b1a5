import { API } from "./folders/api.js";
import { CLI } from "./folders/cli.js";
import { CLIENT } from "./folders/client.js";
import { CONFIDENT_LEARNING } from "./folders/confident-learning.js";
import { CONTRACTS } from "./folders/contracts.js";
import { COPY_ROWS } from "./folders/copy-rows.js";
import { CORPUS } from "./folders/corpus.js";
import { EMBEDDINGS } from "./folders/embeddings.js";
import { ENCODER } from "./folders/encoder.js";
import { LINEAR } from "./folders/linear.js";
import { LOCAL_SERVICES } from "./folders/local-services.js";
import { NPY } from "./folders/npy.js";
import { PROCESSES } from "./folders/processes.js";
import { READER } from "./folders/reader.js";
import { REDIS } from "./folders/redis.js";
import type { PackageRules } from "./folders/rules.js";
import { STORAGE } from "./folders/storage.js";
import { STORE } from "./folders/store.js";
import { WEB } from "./folders/web.js";
import { WORKER } from "./folders/worker.js";

/** Every package and app by its path, in the order of docs/reference/folders.md. */
export const PACKAGES: Readonly<Record<string, PackageRules>> = {
  "packages/contracts": CONTRACTS,
  "packages/client": CLIENT,
  "packages/npy": NPY,
  "packages/copy-rows": COPY_ROWS,
  "packages/confident-learning": CONFIDENT_LEARNING,
  "packages/corpus": CORPUS,
  "packages/demo-set": {
    for: "the generated titles of `winnow demo` and of the page's demo",
    imports: [],
  },
  "packages/numeric": {
    for: "seeded random streams, softmax, hashing of ids; what encoder and linear both compute with",
    imports: [],
  },
  "packages/linear": LINEAR,
  "packages/encoder": ENCODER,
  "packages/sizing": {
    for: "what jobs take: memory, seconds and bytes by rows, classes and folds; loads no TensorFlow",
    imports: ["contracts", "confident-learning", "linear", "encoder"],
  },
  "packages/local-services": LOCAL_SERVICES,
  "packages/processes": PROCESSES,
  "packages/network": {
    for: "outgoing requests, and which addresses they may go to",
    imports: ["contracts"],
  },
  "packages/tracing": {
    for: "traces of jobs for OpenTelemetry; its library is loaded only where they are on",
    imports: ["contracts"],
    folders: {
      metrics: {
        for: "what a scrape of metrics gets, with the traces that values were measured in",
        imports: ["spans"],
      },
      spans: {
        for: "spans, how they are switched on, and the library that sends them",
        imports: [],
      },
    },
  },
  "packages/embeddings": EMBEDDINGS,
  "packages/redis": REDIS,
  "packages/storage": STORAGE,
  "packages/reader": READER,
  "packages/store": STORE,
  "apps/api": API,
  "apps/worker": WORKER,
  "apps/cli": CLI,
  "apps/web": WEB,
};
