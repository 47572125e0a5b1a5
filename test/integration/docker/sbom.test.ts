import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root as project } from "../../architecture/source-files.js";

interface Component {
  readonly name: string;
  readonly version: string;
  readonly scope: "required" | "optional";
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly object[];
}

interface Bill {
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Entry {
  readonly version: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const run = (cwd: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(project, "infra/docker/sbom.mjs"), ...args], {
    cwd,
    encoding: "utf8",
  });

function billOf(cwd: string, ...args: string[]): Bill {
  const { status, stdout, stderr } = run(cwd, ...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout) as Bill;
}

const lockOf = (path: string) =>
  (JSON.parse(readFileSync(join(project, path), "utf8")) as { packages: Record<string, Entry> })
    .packages;

/** Packages of the lockfile with their names and versions, but for the workspaces themselves. */
const installed = (packages: Record<string, Entry>) =>
  Object.entries(packages)
    .filter(([place, { link }]) => place.includes("node_modules/") && !link)
    .map(([place, entry]) => {
      const name = place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
      return { ...entry, name, id: `${name}@${entry.version}` };
    });

const idsOf = (...bills: Bill[]) =>
  new Set(bills.flatMap(({ components }) => components.map((c) => `${c.name}@${c.version}`)));

it("every package of the lockfile that is not for development or optional is in a bill", () => {
  const held = idsOf(billOf(project, "api"), billOf(project, "worker"));
  const wanted = installed(lockOf("package-lock.json")).filter(
    ({ dev, devOptional, optional }) => !dev && !devOptional && !optional,
  );
  expect(wanted.length).toBeGreaterThan(200);
  expect(wanted.map(({ id }) => id).filter((id) => !held.has(id))).toEqual([]);
});

it.each(["api", "worker"])("the bill of %s has what its programs name, and no tool", (image) => {
  const bill = billOf(project, image);
  const packages = lockOf("package-lock.json");
  const names = new Set(bill.components.map(({ name }) => name));
  for (const name of Object.keys(packages[`apps/${image}`]!.dependencies!)) {
    expect(names, name).toContain(name);
  }
  for (const tool of ["vitest", "typescript", "@biomejs/biome", "vite", "prisma"]) {
    expect(names, tool).not.toContain(tool);
  }
  const manifest = readFileSync(join(project, "package.json"), "utf8");
  const { version } = JSON.parse(manifest) as { version: string };
  expect(bill.metadata.component).toMatchObject({ name: `winnow-${image}`, version });
  const refs = new Set([`winnow-${image}@${version}`, ...bill.components.map(({ purl }) => purl)]);
  expect(refs.size).toBe(bill.components.length + 1);
  for (const { ref, dependsOn } of bill.dependencies) {
    for (const one of [ref, ...dependsOn]) expect(refs, one).toContain(one);
  }
});

it("a component has the lockfile's hash, licence and package URL", () => {
  const { components } = billOf(project, "api");
  const zod = components.find(({ name }) => name === "zod")!;
  const { version, integrity } = lockOf("package-lock.json")["node_modules/zod"]!;
  expect(zod).toMatchObject({
    ...{ version, scope: "required", purl: `pkg:npm/zod@${version}` },
    licenses: [{ expression: "MIT" }],
  });
  const [{ alg, content }] = zod.hashes as [{ alg: string; content: string }];
  expect(`${alg}:${Buffer.from(content, "hex").toString("base64")}`).toBe(
    integrity!.replace("sha512-", "SHA-512:"),
  );
  expect(components.map(({ purl }) => purl)).toContain(
    `pkg:npm/%40fastify/cors@${components.find(({ name }) => name === "@fastify/cors")!.version}`,
  );
});

it("the worker with native TensorFlow has that, and the one for wasm has not", () => {
  const names = (...args: string[]) =>
    billOf(project, "worker", ...args).components.map(({ name }) => name);
  expect(names()).not.toContain("@tensorflow/tfjs-node");
  const native = names("--backend", "tfjs-node");
  expect(native).toContain("@tensorflow/tfjs-node");
  expect(native).not.toContain("@tensorflow/tfjs-node-gpu");
});

function inClone(packages: object, check: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "winnow-sbom-"));
  try {
    writeFileSync(
      join(folder, "package-lock.json"),
      JSON.stringify({ version: "1.0.0", packages }),
    );
    check(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it("nested versions are told apart, and what only optional packages load is optional", () => {
  const at = (version: string, more: object = {}) => ({ version, ...more });
  const packages = {
    "apps/worker": at("1.0.0", {
      name: "@winnow/worker",
      dependencies: { a: "1", b: "2" },
      devDependencies: { tool: "1" },
      optionalDependencies: { fast: "1" },
    }),
    "node_modules/a": at("1.0.0", { dependencies: { b: "1" } }),
    "node_modules/a/node_modules/b": at("1.9.0"),
    "node_modules/b": at("2.0.0", {
      peerDependencies: { host: "*", extra: "*" },
      peerDependenciesMeta: { extra: { optional: true } },
    }),
    "node_modules/host": at("1.0.0"),
    "node_modules/extra": at("1.0.0"),
    "node_modules/tool": at("1.0.0"),
    "node_modules/fast": at("1.0.0", { dependencies: { a: "1", only: "1" } }),
    "node_modules/only": at("1.0.0"),
  };
  inClone(packages, (folder) => {
    const { components } = billOf(folder, "worker");
    expect(components.map(({ name, version, scope }) => `${name}@${version} ${scope}`)).toEqual([
      "@winnow/worker@1.0.0 required",
      "a@1.0.0 required",
      "b@1.9.0 required",
      "b@2.0.0 required",
      "fast@1.0.0 optional",
      "host@1.0.0 required",
      "only@1.0.0 optional",
    ]);
  });
});

it("a dependency that the lockfile lacks is named instead of left out", () => {
  const packages = { "apps/worker": { version: "1.0.0", dependencies: { gone: "1" } } };
  inClone(packages, (folder) => {
    const { status, stdout, stderr } = run(folder, "worker");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("apps/worker depends on gone: not in the lockfile.");
  });
});
