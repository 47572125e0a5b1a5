import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { root as project } from "../../architecture/source-files.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "winnow-prune-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, content: object = {}): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), JSON.stringify(content));
}

/** A package in node_modules with one file of each kind. */
function install(place: string, manifest: object = {}): void {
  put(`${place}/package.json`, manifest);
  for (const file of ["index.js", "index.js.map", "index.d.ts"]) put(`${place}/dist/${file}`);
}

const prune = (...workspaces: string[]) =>
  spawnSync(process.execPath, [join(project, "infra/docker/prune.mjs"), ...workspaces], {
    cwd: root,
    encoding: "utf8",
  });
const has = (path: string) => existsSync(join(root, path));

it("keeps what a workspace can import, nested copies too, and nothing else", () => {
  put("apps/worker/package.json", { dependencies: { "@winnow/store": "1", a: "1" } });
  put("packages/store/package.json", { dependencies: { "@prisma/client": "1" } });
  mkdirSync(join(root, "node_modules/@winnow"), { recursive: true });
  symlinkSync("../../packages/store", join(root, "node_modules/@winnow/store"));
  symlinkSync("../../packages/web", join(root, "node_modules/@winnow/web"));
  install("node_modules/@prisma/client", {
    peerDependencies: { prisma: "1", needed: "1" },
    peerDependenciesMeta: { prisma: { optional: true } },
  });
  put("node_modules/@prisma/client/runtime/query_compiler_fast_bg.postgresql.wasm-base64.mjs");
  put("node_modules/@prisma/client/runtime/query_compiler_fast_bg.mysql.wasm-base64.mjs");
  install("node_modules/prisma", { dependencies: { studio: "1" } });
  install("node_modules/studio");
  install("node_modules/needed");
  install("node_modules/a", { dependencies: { b: "2" }, optionalDependencies: { absent: "1" } });
  install("node_modules/a/node_modules/b");
  install("node_modules/b");
  install("node_modules/.bin");

  const { status, stderr } = prune("apps/worker");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  for (const name of ["@prisma/client", "needed", "a", "a/node_modules/b"]) {
    expect(has(`node_modules/${name}/dist/index.js`), name).toBe(true);
    expect(has(`node_modules/${name}/dist/index.js.map`), name).toBe(false);
    expect(has(`node_modules/${name}/dist/index.d.ts`), name).toBe(false);
  }
  expect(has("node_modules/@winnow/store/package.json")).toBe(true);
  for (const name of ["prisma", "studio", "b", "@winnow/web"]) {
    expect(has(`node_modules/${name}`), name).toBe(false);
  }
  const compilers = "node_modules/@prisma/client/runtime/query_compiler_fast_bg";
  expect(has(`${compilers}.postgresql.wasm-base64.mjs`)).toBe(true);
  expect(has(`${compilers}.mysql.wasm-base64.mjs`)).toBe(false);
});

it("removes nothing where a dependency is not installed, and wants a workspace", () => {
  put("apps/worker/package.json", { dependencies: { a: "1" } });
  install("node_modules/other");
  expect(prune("apps/worker").stderr).toContain(
    "apps/worker depends on a, which is not installed.",
  );
  expect(prune().stderr).toContain("usage: prune.mjs WORKSPACE...");
  expect(has("node_modules/other/dist/index.js.map")).toBe(true);
});
