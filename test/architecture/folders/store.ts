import type { PackageRules } from "./rules.js";

export const STORE: PackageRules = {
  for: "everything that speaks SQL; files are in `packages/storage`",
  imports: ["contracts", "copy-rows", "storage"],
  folders: {
    experiments: {
      for: "experiments: their runs, the tree of jobs that makes them, and what they measured",
      imports: ["requests", "deletion", "prunings", "queue", "database"],
    },
    receipts: {
      for: "hashes of a dataset's rows, of a run's split and probabilities, and of flags",
      imports: ["cross-validations", "prunings", "datasets", "database"],
    },
    retention: {
      for: "deletion of what is older than its age: rows, uploads, models, caches, tables of votes",
      imports: ["cross-validations", "database"],
    },
    deletion: {
      for: "deletion by request: a dataset, a cross-validation, a pruning, an upload, and what goes with each",
      imports: ["reviews", "cross-validations", "datasets", "access", "database"],
    },
    requests: {
      for: "what a request does to several tables at once: creates a job of each kind, retries one",
      imports: ["prunings", "datasets", "queue", "database"],
    },
    backup: {
      for: "backup of all rows and stored files as of one moment, and restore",
      imports: ["cross-validations", "database"],
    },
    "review-samples": {
      for: "rows that are drawn at random for review, and what their reviews say of all rows",
      imports: ["reviews", "prunings", "datasets", "database", "intervals"],
    },
    reviews: {
      for: "what people decided about rows: reviews, their undo and history, the queue of flags, the report",
      imports: ["prunings", "datasets", "database", "intervals"],
    },
    "cross-validations": {
      for: "runs, their folds and probabilities: binary COPY, imports, the vote on an epoch",
      imports: ["prunings", "queue", "states", "database"],
    },
    prunings: {
      for: "prunings, their flags, the rows of exports, and POSTs of prunings committed in groups",
      imports: ["datasets", "queue", "access", "states", "database", "intervals"],
    },
    datasets: {
      for: "datasets, their samples and rejects, and the rows of uploads",
      imports: ["queue", "access", "states", "database"],
    },
    queue: {
      for: "jobs and tasks: insert, claim, heartbeat, end, recovery, events, the outbox to Redis",
      imports: ["webhooks", "access", "states", "database"],
    },
    webhooks: {
      for: "endpoints, and the deliveries that are due to them",
      imports: ["states", "database"],
    },
    deployment: {
      for: "what this database is to others: its name, its schema's version, its storage folder",
      imports: ["database"],
    },
    states: {
      for: "every change of a state, one file for each table; nothing else changes one",
      imports: ["database"],
    },
    access: {
      for: "who may do what, and how often: API keys, owners, quotas, the audit, idempotency keys",
      imports: ["database"],
    },
    intervals: {
      for: "what random samples say of a whole: 95 % intervals of shares, and the size that one needs; no SQL",
      imports: [],
    },
    database: {
      for: "connections, transactions, migrations, COPY, pages, advisory locks, notifications",
      imports: [],
    },
  },
};
