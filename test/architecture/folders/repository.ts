/** Every folder of the repository outside the `src` of packages and apps. */
export const REPOSITORY: Readonly<Record<string, string>> = {
  "apps/cli/bin":
    "the launcher behind `npx winnow`: builds what is missing, then starts the command",
  "apps/web/public/assets": "files of the page that are served as they are: its icon",
  "packages/confident-learning/oracle":
    "confident learning written again, slowly and plainly, for tests to compare with",
  "packages/linear/oracle":
    "the quick model written again, slowly and plainly, for tests to compare with",
  "packages/encoder/assemblyscript": "source of the wasm backend's SIMD kernels",
  "packages/encoder/scripts":
    "builds the SIMD kernels, and tfjs-node against a TensorFlow on this machine",
  prisma: "the database schema",
  "prisma/migrations": "its migrations, one folder each, applied by `winnow migrate`",
  "infra/client": "the types of the published client, written before it is packed",
  "infra/checks":
    "`npm run check:infra`: its tools, and what it checks of chart, Compose files, images and alert rules",
  "infra/helm/winnow": "the Helm chart",
  "infra/helm/winnow/templates": "its templates",
  "infra/helm/overlays": "values for GPUs, MIG slices, time slicing and spot nodes",
  "infra/kustomize/base": "the chart with its defaults, rendered for those who use no Helm",
  "infra/observability":
    "alert rules with their tests, a dashboard for Grafana, and what Prometheus and Grafana of docker-compose.yml read",
  "infra/contract":
    "`npm run check:contract`: schemathesis, redocly and generated clients against a running service",
  "infra/exports":
    "`npm run check:exports`: whether `datasets` and `mlcroissant` open what Winnow exports",
  "infra/docker":
    "container images with `npm run check:images`, their bills of materials (`npm run sbom`), and the GPU override of docker-compose.yml",
  "infra/native":
    "installs tfjs-node and tfjs-node-gpu, which are too large for everybody's install, and TensorFlow's wheels at pinned versions",
  "clients/python": "the Python client, `winnow-client`: its package and its page",
  "clients/python/src/winnow_client":
    "calls, waiting, DataFrames; httpx, with pandas and datasets optional",
  "clients/python/tests": "its tests, on a real service",
  "infra/python":
    "`npm run check:python`: the Python client's types, lints and tests against a real service",
  "infra/reference": "writes docs/reference and .env.example from the code",
  "infra/release": "`npm run release`: checks, version, tag, archive",
  "infra/setup":
    "prepares a clone, runs `npm test`, and runs the Prisma CLI without its engine download",
  "infra/systemd": "units of API, worker and migration",
  test: "tests of several packages at once; a package's own tests stand beside its files",
  "test/architecture": "reads the source and the docs, and holds both to the rules of this page",
  "test/architecture/folders": "the rules themselves: what each package and folder is for",
  "test/chaos": "kills, restarts, full disks and random orders of events on a running service",
  "test/docs": "runs the commands of README and of the how-to pages, and checks the names in them",
  "test/infra":
    "deployment files against their schemas and against the code; each check on a typo too",
  "test/e2e": "`winnow demo` from start to report",
  "test/golden":
    "fixed inputs with known results, and the programs that compare; also for your own cases",
  "test/integration/api": "the API over a real database",
  "test/integration/cli": "the command as a process",
  "test/integration/database":
    "databases as they are found: settings, roles, rights, encodings, servers that only read",
  "test/integration/client": "the client as a package, installed alone, against a service",
  "test/integration/docker": "what the images keep of node_modules",
  "test/integration/examples": "the programs of examples/ against a service",
  "test/integration/local-services": "real Postgres and Redis servers, started and stopped",
  "test/integration/native":
    "TensorFlow's libraries where the machine's loader looks for them, and a training away from the project",
  "test/integration/release": "a release made in a copy of the repository",
  "test/integration/store": "the store's functions over a real database",
  "test/integration/worker": "worker processes with a real database, Redis, files and endpoints",
  "test/browser":
    "a real browser before the service: names that are rebound, pages of others, the page that opens with a key",
  "test/pooler": "the service and its database behind a PgBouncer in transaction mode",
  "test/support":
    "fixtures that many tests use: servers and databases, processes, HTTP peers, data, readers of answers",
  "test/support/toy-kind": "a job kind that exists only in tests, added as a new one would be",
  bench: "one program for each benchmark, run by `npm run bench:NAME`",
  "bench/api": "what bench/api.ts sends, and the rows it needs",
  "bench/confident-learning": "matrices and single measurements of bench/confident-learning.ts",
  "bench/experiment":
    "the service of bench/experiment.ts, whose processes are killed, and what became of its jobs",
  "bench/levels": "sets with two levels of labels, their noise, and the models of bench/levels.ts",
  "bench/encoding": "one run of an encoder for bench/encoding.ts, and of its peer",
  "bench/fleet":
    "the fleet of bench/fleet.ts: its services, hosts and their network, what became of its folds",
  "bench/generated": "seeded data of several benchmarks: a file of any size, random numbers",
  "bench/review": "a pruning with many flags, for the reviews of many people",
  "bench/page": "the browser of bench/page.ts, and what it measures in it",
  "bench/quality": "data sets, baselines and judgement of bench/quality.ts",
  "bench/results": "figures with their date, commit and machine",
  "bench/service":
    "services, memory probes and seeded rows that several benchmarks use; PgBouncer, for tests too",
  "bench/soak": "the load of bench/soak.ts, and what it samples",
  "bench/training": "texts, one fold and the PyTorch peer of bench/training.ts",
  docs: "the index of the documentation",
  "docs/images": "README's pictures, made by `README_PICTURES=1 npm run test:browser`",
  "docs/how-to": "one task a page, with commands that work as they stand",
  "docs/reference": "pages that are generated from the code",
  "docs/explanation": "how it works and why",
  "docs/explanation/adr": "decisions with trade-offs: context, decision, price, gain",
  examples: "small programs that call the service",
};
