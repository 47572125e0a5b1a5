import { dirname } from "node:path";
import { globSync } from "tinyglobby";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "./folders/repository.js";
import type { FolderRules } from "./folders/rules.js";
import { PACKAGES } from "./folders.js";
import { readPackages, root, type SourceFile, targetOf } from "./source-files.js";

/** What may stand beside folders in `src`: the entry point, the start, settings and errors. */
const AT_ROOT = new Set(["index.ts", "main.ts", "config.ts", "errors.ts"]);
/** Of these, what folders may import: it has a line in the table. */
const IMPORTED = new Set(["config.ts", "errors.ts"]);

const packages = readPackages();

/** `packages/store/src/queue/claim.ts` -> `queue`; a file at the root is named by itself. */
const folderOf = (packagePath: string, path: string): string => {
  const inside = path.slice(`${packagePath}/src/`.length);
  return inside.includes("/") ? dirname(inside) : inside;
};

/** Imports of one folder from another, with the file and what it imports. */
function importsBetween(packagePath: string, files: readonly SourceFile[]) {
  return files.flatMap((file) =>
    file.imports.flatMap((specifier) => {
      const target = targetOf(file.path, specifier);
      if (target === null || target.includes("/generated/")) return [];
      const [from, to] = [folderOf(packagePath, file.path), folderOf(packagePath, target)];
      return from === to ? [] : [{ from, to, what: `${file.path} imports ${target}` }];
    }),
  );
}

it("the table names the packages that are there", () => {
  expect(packages.map(({ path }) => path).sort()).toEqual(Object.keys(PACKAGES).sort());
});

it("a package without folders has five files at most", () => {
  const flat = packages.filter(({ path }) => PACKAGES[path]?.folders === undefined);
  expect(flat.filter(({ files }) => files.length > 5).map(({ path }) => path)).toEqual([]);
});

it("every folder outside of src has a line in the table, and every line a folder", () => {
  const files = globSync(
    ["{bench,clients,docs,examples,infra,prisma,test}/**", "{apps,packages}/*/*/**/*"],
    {
      cwd: root,
      ignore: [
        "**/{node_modules,dist,__pycache__}/**",
        "{apps,packages}/*/src/**",
        // One folder for each case, migration or run.
        "{test/golden,prisma/migrations,bench/results}/*/**",
      ],
    },
  );
  expect(Object.keys(REPOSITORY).sort()).toEqual([...new Set(files.map(dirname))].sort());
});

const divided = packages.flatMap(({ path, files }) => {
  const table = PACKAGES[path]?.folders;
  return table === undefined ? [] : [{ path, files, table }];
});

describe.each(divided)("$path", ({ path, files, table }) => {
  const imports = importsBetween(path, files);

  it("has only its entry point, its start, settings, errors and folders in src", () => {
    const atRoot = files.map((f) => f.path.slice(`${path}/src/`.length));
    expect(atRoot.filter((name) => !name.includes("/") && !AT_ROOT.has(name))).toEqual([]);
  });

  it("has a line in the table for every folder, and a folder for every line", () => {
    const folders = new Set(files.map((f) => folderOf(path, f.path)));
    for (const name of AT_ROOT) if (!IMPORTED.has(name)) folders.delete(name);
    expect(Object.keys(table).sort()).toEqual([...folders].sort());
  });

  it("imports between folders only what the table allows", () => {
    const strays = imports
      .filter(({ from }) => from !== "index.ts" && from !== "main.ts")
      .filter(({ from, to }) => !table[from]?.imports.includes(to))
      .map(({ what }) => what);
    expect(strays).toEqual([]);
  });

  it("uses every import that the table allows", () => {
    const used = new Set(imports.map(({ from, to }) => `${from} -> ${to}`));
    expect(allowedBy(table).filter(({ text }) => !used.has(text))).toEqual([]);
  });

  it("has no cycle of folders: the table has each folder below those that import it", () => {
    const names = Object.keys(table);
    const upwards = allowedBy(table).filter(
      ({ from, to }) => names.indexOf(to) <= names.indexOf(from),
    );
    expect(upwards).toEqual([]);
  });
});

const allowedBy = (table: Readonly<Record<string, FolderRules>>) =>
  Object.entries(table).flatMap(([from, { imports }]) =>
    imports.map((to) => ({ from, to, text: `${from} -> ${to}` })),
  );
