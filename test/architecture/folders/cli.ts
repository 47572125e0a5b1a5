import type { PackageRules } from "./rules.js";

export const CLI: PackageRules = {
  for: "the `winnow` command",
  imports: [
    "client",
    "contracts",
    "local-services",
    "confident-learning",
    "npy",
    "corpus",
    "demo-set",
    "linear",
    "encoder",
    "embeddings",
    "store",
    "storage",
    "redis",
    "sizing",
  ],
  note: "store for migrations, keys, backup, sweeps and what it says of itself; redis for the same; corpus to read files where no service is; linear and encoder for the quick audit; sizing for `winnow plan`",
  folders: {
    commands: {
      for: "one file for each command, and the program that lists them",
      imports: [
        "encoders",
        "consensus",
        "receipts",
        "audit",
        "models",
        "doctor",
        "demo",
        "preview",
        "jobs",
        "report",
        "review",
        "database",
        "platform",
        "files",
        "options",
        "own-key",
        "config.ts",
        "terminal",
      ],
    },
    doctor: {
      for: "`winnow doctor`: what it looks at, one file for each part of the service, and its lines",
      imports: ["database", "config.ts", "terminal"],
    },
    demo: {
      for: "`winnow demo`: the generated data set, the run over the whole service, its report",
      imports: ["jobs", "report", "platform", "files", "terminal"],
    },
    encoders: {
      for: "rows to vectors, by a pretrained encoder or by an embeddings endpoint, from the cache where they are there",
      imports: ["audit", "terminal"],
    },
    receipts: {
      for: "`winnow receipt` and `winnow replay`: how a result was made, run again and compared",
      imports: ["jobs", "files", "terminal"],
    },
    consensus: {
      for: "`winnow consensus`: votes of several annotators read, one label a row written",
      imports: ["audit", "files", "terminal"],
    },
    audit: {
      for: "`winnow audit`: a file read, judged by the quick model, with vectors by two more, and written again without its flags",
      imports: ["report", "files", "terminal"],
    },
    models: {
      for: "`winnow models`: pretrained encoders from a hub, and those that are there",
      imports: ["terminal"],
    },
    preview: {
      for: "how a file would be read, as lines for people",
      imports: ["options", "terminal"],
    },
    jobs: {
      for: "posting a job and following it to its end",
      imports: ["report", "options", "terminal"],
    },
    review: {
      for: "`winnow review`: the page of a row, and what each key does",
      imports: ["terminal"],
    },
    report: {
      for: "what a pruning says, as lines for people: noise rate, flags, warnings, worst rows",
      imports: ["terminal"],
    },
    database: {
      for: "`--data`: finds database and storage for commands that work without the API",
      imports: ["platform", "own-key", "config.ts", "terminal"],
    },
    platform: {
      for: "starts the whole service on one machine: Postgres, Redis, API and workers as child processes",
      imports: ["config.ts", "terminal"],
    },
    files: {
      for: "a user's own files: npy inputs, uploads, downloads to a file or stdout",
      imports: ["terminal"],
    },
    options: {
      for: "options that several commands share, and the parsing of their values",
      imports: ["own-key", "config.ts"],
    },
    "own-key": {
      for: "the key of `winnow up --private`: its file, which only this user reads, and the page that opens with it",
      imports: ["config.ts", "terminal"],
    },
    "config.ts": { for: "the command's settings", imports: ["terminal"] },
    terminal: {
      for: "what a terminal shows: tables, progress, JSON, errors; and Ctrl-C",
      imports: [],
    },
  },
};
