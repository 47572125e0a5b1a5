import { describe, expect, it } from "vitest";
import { PACKAGES } from "./folders.js";
import { packageOf, readPackages, targetOf } from "./source-files.js";

/** Libraries that only these files may import. */
const KEPT_TO: readonly { library: RegExp; files: RegExp }[] = [
  { library: /^(fastify|@fastify\/.*)$/, files: /^apps\/api\// },
  { library: /^(@prisma\/.*|pg-copy-streams|pg-query-stream)$/, files: /^packages\/store\// },
  {
    library: /^(react|react-dom|react-aria-components|@tanstack\/.*|uplot)$/,
    files: /^apps\/web\//,
  },
  // local-services asks a server it has just started whether it answers.
  { library: /^pg$/, files: /^packages\/(store|local-services)\// },
  { library: /^@tensorflow\//, files: /^packages\/encoder\// },
  // Loaded only where traces are on: `tracing.ts` imports this file only then.
  { library: /^@opentelemetry\//, files: /^packages\/tracing\/src\/spans\/sdk\.ts$/ },
  // Loaded only where a bucket is configured.
  { library: /^@aws-sdk\//, files: /^apps\/worker\/src\/checkpoints\/s3-checkpoint-store\.ts$/ },
  { library: /^bullmq$/, files: /^apps\/(api\/src\/(queue\/|main\.ts$)|worker\/src\/queue\/)/ },
  {
    library: /^@bull-board\//,
    files: /^apps\/api\/src\/(queue\/queues|plugins\/queue-board)\.ts$/,
  },
  {
    library: /^@winnow\/encoder$/,
    // Of the command, what is loaded only where a model is read.
    files:
      /^apps\/(worker\/src\/trainer-child\/|api\/src\/job-kinds\/|cli\/src\/(models|encoders)\/)|^packages\/(sizing|embeddings\/src\/cache)\//,
  },
];

/** Imported by the generated Prisma client, which is not in the repository. */
const USED_BY_GENERATED_CODE = new Set(["@prisma/client"]);

/** Packages that only compute: no environment, no clock, no global random. */
const PURE = [
  "packages/encoder",
  "packages/linear",
  "packages/numeric",
  "packages/sizing",
  "packages/confident-learning",
  "packages/corpus",
  "packages/npy",
  "packages/copy-rows",
];

/** Whether the text imports the module for its types alone, which nothing loads. */
const typeOnly = (text: string, specifier: string): boolean =>
  text
    .split(/^(?=import |export )/m)
    .filter((part) => part.includes(`from "${specifier}"`))
    .every((part) => /^(import|export) type /.test(part));

const typesOf = (path: string): readonly string[] =>
  PACKAGES[path]?.types?.map((other) => (other === "zod" ? other : `@winnow/${other}`)) ?? [];

const packages = readPackages();
const files = packages.flatMap(({ files }) => files);

describe.each(packages)("$path", ({ path, name, dependencies, files }) => {
  it("imports what its package.json declares, and declares what it imports", () => {
    const imported = new Set(files.flatMap((f) => f.imports.map(packageOf)));
    imported.delete(null);
    imported.delete(name);
    for (const other of typesOf(path)) imported.delete(other);
    const undeclared = [...imported].filter((other) => other && !dependencies.has(other));
    expect(undeclared, "imported, not in package.json").toEqual([]);
    const source = files.map((f) => f.text).join("\n");
    // Resolved by name at run time (binaries, optional backends): a mention as a string counts.
    const unused = [...dependencies].filter(
      (other) =>
        !USED_BY_GENERATED_CODE.has(other) && !imported.has(other) && !source.includes(`"${other}`),
    );
    expect(unused, "in package.json, never imported").toEqual([]);
  });

  it("depends on the packages of the table, and on no other of ours", () => {
    const own = [...dependencies].filter((other) => other.startsWith("@winnow/"));
    const allowed = PACKAGES[path]?.imports.map((other) => `@winnow/${other}`) ?? [];
    expect(own.sort()).toEqual(allowed.sort());
  });

  it("loads nothing of packages whose types alone it takes", () => {
    const loaded = files.flatMap(({ path: file, text, imports }) =>
      imports
        .filter((s) => typesOf(path).includes(packageOf(s) ?? "") && !typeOnly(text, s))
        .map((s) => `${file} imports ${s}`),
    );
    expect(loaded).toEqual([]);
  });

  it("has one index, src/index.ts", () => {
    const indexes = files.map((f) => f.path).filter((file) => file.endsWith("/index.ts"));
    expect(indexes.filter((file) => file !== `${path}/src/index.ts`)).toEqual([]);
  });

  it("has no import cycle", () => {
    expect(findCycle(files.map((f) => ({ path: f.path, to: f.imports })))).toBeNull();
  });
});

it("libraries stay where the table has them", () => {
  const strays = files.flatMap((file) =>
    KEPT_TO.flatMap(({ library, files: home }) =>
      file.imports
        .filter((s) => library.test(packageOf(s) ?? "") && !home.test(file.path))
        .map((s) => `${file.path} imports ${s}`),
    ),
  );
  expect(strays).toEqual([]);
});

it("what the API takes of the encoder loads no TensorFlow", () => {
  const taken = files
    .filter((f) => f.path.startsWith("apps/api/"))
    .flatMap((f) => f.imports.filter((s) => packageOf(s) === "@winnow/encoder"));
  expect([...new Set(taken)]).toEqual(["@winnow/encoder/estimate"]);
  const seen = new Set(["packages/encoder/src/estimate/estimate.ts"]);
  // Iterating a set includes what is added meanwhile.
  for (const path of seen) {
    const { text, imports } = files.find((f) => f.path === path) ?? { text: "", imports: [] };
    expect(text, path).not.toBe("");
    const loaded = imports.filter((s) => !typeOnly(text, s));
    expect(
      loaded.filter((s) => s.startsWith("@tensorflow/")),
      path,
    ).toEqual([]);
    for (const specifier of loaded) {
      const target = targetOf(path, specifier);
      if (target !== null) seen.add(target);
    }
  }
});

it("only config.ts reads the environment", () => {
  const readers = files.filter(
    (f) => /\bprocess\.env\b/.test(f.text) && !/\/config\.ts$/.test(f.path),
  );
  expect(readers.map((f) => f.path)).toEqual([]);
});

it("the mathematics reads no clock and no global random", () => {
  const impure = files.filter(
    (f) =>
      PURE.some((path) => f.path.startsWith(`${path}/`)) &&
      /\b(Math\.random|Date\.now|new Date\(\)|performance\.now)\b/.test(f.text),
  );
  expect(impure.map((f) => f.path)).toEqual([]);
});

it("no file grows above 300 lines unseen", () => {
  const long = files
    .filter((f) => f.text.split("\n").length > 300)
    .filter(
      (f) => !/^(\/\/|\/\*\*?) Long because/m.test(f.text.split("\n").slice(0, 5).join("\n")),
    );
  expect(long.map((f) => f.path)).toEqual([]);
});

/** The first cycle found by depth-first search, as a path that ends where it began. */
function findCycle(nodes: { path: string; to: readonly string[] }[]): string[] | null {
  const edges = new Map(
    nodes.map(({ path, to }) => [path, to.flatMap((s) => targetOf(path, s) ?? [])]),
  );
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): string[] | null => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return null;
    for (const next of edges.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle) return cycle;
    }
    done.add(path);
    return null;
  };
  for (const { path } of nodes) {
    const cycle = visit(path, []);
    if (cycle) return cycle;
  }
  return null;
}
