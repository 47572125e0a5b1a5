import type { PackageRules } from "./rules.js";

export const WORKER: PackageRules = {
  for: "runs tasks: queue consumers, the trainer's child process; and the orchestrator: relay, reconciler, retention, webhooks",
  imports: [
    "contracts",
    "store",
    "storage",
    "copy-rows",
    "redis",
    "network",
    "corpus",
    "confident-learning",
    "npy",
    "processes",
    "reader",
    "encoder",
    "embeddings",
    "linear",
    "numeric",
    "tracing",
  ],
  folders: {
    service: {
      for: "starts the roles of a worker's process, with its health server, its metrics and its handlers",
      imports: [
        "handlers",
        "trainer",
        "orchestrator/webhooks",
        "orchestrator",
        "tasks",
        "queue",
        "files",
        "config.ts",
        "checkpoints",
      ],
    },
    handlers: {
      for: "one file for each task kind: the work itself; and the registry",
      imports: ["trainer", "tasks", "files", "checkpoints", "evidence", "run-files"],
    },
    "trainer-child": {
      for: "the program that runs one training task: a process of its own, the only kind that loads TensorFlow; what it reports when it fails",
      imports: [
        "trainer-child/fold",
        "trainer-child/cpu",
        "trainer-child/vectors",
        "trainer",
        "tasks",
      ],
    },
    "trainer-child/cpu": {
      for: "folds of models that need no network: the linear model, and the quick one",
      imports: [
        "trainer-child/vectors",
        "trainer-child/inputs",
        "trainer",
        "tasks",
        "evidence",
        "run-files",
      ],
    },
    "trainer-child/vectors": {
      for: "vectors of a run's rows: out of an upload, or by an encoder or an endpoint, whose tasks take a shard of the texts each",
      imports: ["trainer-child/inputs", "trainer-child/backends", "trainer", "tasks", "files"],
    },
    "trainer-child/fold": {
      for: "one fold from its claim to its result: start weights, states to resume from, progress, rows and models",
      imports: [
        "trainer-child/inputs",
        "trainer-child/backends",
        "trainer",
        "tasks",
        "files",
        "checkpoints",
        "run-files",
      ],
    },
    "trainer-child/inputs": {
      for: "what a fold is trained on: texts as tokens, labels, soft targets",
      imports: ["trainer", "files", "run-files"],
    },
    "trainer-child/backends": {
      for: "programs that try a backend, or list those of this machine",
      imports: ["trainer", "config.ts"],
    },
    trainer: {
      for: "the parent's side of a trainer's child: devices, messages, exit codes, the breaker",
      imports: ["tasks", "checkpoints"],
    },
    "orchestrator/webhooks": {
      for: "sends due deliveries to their endpoints, and waits between attempts",
      imports: ["orchestrator"],
    },
    orchestrator: {
      for: "loops of which an installation needs one set: relay of the outbox, reconciler of lost tasks, retention",
      imports: ["queue"],
    },
    evidence: {
      for: "why labels are doubted, out of the quick model's counts, written for each flag",
      imports: ["tasks"],
    },
    "run-files": {
      for: "files that the tasks of a run share: made once, under a lock, read by the others",
      imports: [],
    },
    tasks: {
      for: "the life of a task: claim, heartbeat, stop, retry during outages, end; handlers are passed in",
      imports: [],
    },
    queue: { for: "BullMQ: producer and consumer", imports: [] },
    files: {
      for: "files that a task has read: uploads, the ingest root, https downloads, npy; and the check of probability rows",
      imports: [],
    },
    "config.ts": {
      for: "the worker's settings, read and checked against each other",
      imports: ["settings", "checkpoints"],
    },
    settings: {
      for: "the variables of the worker, with their texts for the reference",
      imports: ["checkpoints"],
    },
    checkpoints: {
      for: "where a fold's states are stored between attempts: a folder or an S3 bucket",
      imports: [],
    },
  },
};
