import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startScriptedServer } from "../../support/scripted-server.js";

vi.setConfig({ testTimeout: 360_000 });

const root = fileURLToPath(new URL("../../../", import.meta.url));
const LAUNCHER = "apps/cli/bin/winnow.mjs";
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "winnow-launcher-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A copy of the launcher with these files around it. */
function copyWith(name: string, files: Record<string, string>): string {
  const copy = join(dir, name);
  mkdirSync(join(copy, dirname(LAUNCHER)), { recursive: true });
  cpSync(join(root, LAUNCHER), join(copy, LAUNCHER));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(copy, dirname(path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  }
  return join(copy, LAUNCHER);
}

interface Outcome {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  command: string,
  args: readonly string[],
  { cwd = dir, registry = NOWHERE } = {},
): Promise<Outcome> {
  const env = {
    PATH: process.env.PATH,
    HOME: join(dir, "home"),
    npm_config_registry: registry,
    npm_config_fetch_retries: "0",
  };
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}
/** Nothing listens there: who asks it for a package fails. */
const NOWHERE = "http://127.0.0.1:1/";

const BUILT = `
  console.log(JSON.stringify({ args: process.argv.slice(1).map((arg) => arg.split("/").at(-1)) }));
  process.exitCode = 3;`;

describe("the launcher of winnow", () => {
  it("is the built command at once where there is nothing to prepare, as in an image", async () => {
    const file = copyWith("image", { "apps/cli/dist/main.js": BUILT, "package.json": "{}" });
    const { code, stdout, stderr } = await run(file, ["jobs", "--json"]);
    expect([code, stderr]).toEqual([3, ""]);
    expect(JSON.parse(stdout)).toEqual({ args: ["main.js", "jobs", "--json"] });
  });

  it("says what is missing where nothing was built and nothing can be", async () => {
    const { code, stdout, stderr } = await run(copyWith("unbuilt", {}), ["jobs"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /apps\/cli\/dist\/main\.js is missing: this copy of Winnow was not built/,
    );
  });

  it("prepares a clone first, whose words go to stderr, and ends when that fails", async () => {
    const prepare = (work: string) => `
      export class PrepareError extends Error {}
      export async function prepare({ stream }) { ${work} }`;
    const good = copyWith("clone", {
      "apps/cli/dist/main.js": BUILT,
      "infra/setup/prepare.mjs": prepare(`stream.write("  build ... 2.0 s\\n");`),
    });
    const started = await run(good, ["jobs"]);
    expect(started).toMatchObject({ code: 3, stderr: "  build ... 2.0 s\n" });
    const broken = copyWith("broken", {
      "apps/cli/dist/main.js": BUILT,
      "infra/setup/prepare.mjs": prepare(`throw new PrepareError("tsc: exit code 2");`),
    });
    expect(await run(broken, [])).toEqual({ code: 1, stdout: "", stderr: "tsc: exit code 2\n" });
  });

  it("says nothing of a clone where nothing is to be done, however slow the look is", async () => {
    const prepare = `import { prepare } from ${JSON.stringify(join(root, "infra/setup/prepare.mjs"))};
      await prepare({ showAfterMs: 0 });`;
    const args = ["--input-type=module", "--eval", prepare];
    expect(await run(process.execPath, args, { cwd: root })).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  it.each(["", "docs", "apps/cli"])(
    "is what npx finds in the clone's folder %j",
    async (folder) => {
      const cwd = join(root, folder);
      const { code, stdout, stderr } = await run("npx", ["winnow", "--version"], { cwd });
      expect([code, stdout, stderr]).toEqual([0, `${version}\n`, ""]);
    },
  );

  /** What of the repository npx and npm read before anything is installed. */
  function freshClone(name: string, more: readonly string[] = []): string {
    const clone = join(dir, name);
    const listed = execFileSync(
      "git",
      [
        "ls-files",
        "node_modules",
        "apps/cli/bin",
        "package.json",
        "*/package.json",
        ".npmrc",
        ...more,
      ],
      { cwd: root },
    );
    for (const path of listed.toString().trim().split("\n")) {
      mkdirSync(dirname(join(clone, path)), { recursive: true });
      cpSync(join(root, path), join(clone, path), { verbatimSymlinks: true });
    }
    return clone;
  }

  it("is what npx finds in a fresh clone, and no other package of that name", async () => {
    const clone = freshClone("fresh");
    mkdirSync(join(clone, "docs"));
    mkdirSync(join(clone, "infra/setup"), { recursive: true });
    const main = join(clone, "apps/cli/dist/main.js");
    writeFileSync(
      join(clone, "infra/setup/prepare.mjs"),
      `import { mkdirSync, writeFileSync } from "node:fs";
      export class PrepareError extends Error {}
      export async function prepare() {
        mkdirSync(${JSON.stringify(dirname(main))}, { recursive: true });
        writeFileSync(${JSON.stringify(main)}, ${JSON.stringify(BUILT)});
      }`,
    );
    const registry = await startScriptedServer();
    for (const cwd of [clone, join(clone, "docs")]) {
      const args = ["--yes", "winnow", "jobs"];
      const { code, stdout } = await run("npx", args, { cwd, registry: registry.url });
      expect([code, JSON.parse(stdout)]).toEqual([3, { args: ["main.js", "jobs"] }]);
    }
    expect(registry.seen).toEqual([]);
    registry.close();
  });

  it("is still there when its first call could not install", async () => {
    const clone = freshClone("offline", ["infra/setup", "package-lock.json"]);
    for (const _ of [1, 2]) {
      const { code, stdout, stderr } = await run("npx", ["winnow", "jobs"], { cwd: clone });
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toContain("install packages ... failed");
    }
  });

  it("is what npm runs from anywhere", async () => {
    const args = ["--prefix", root, "run", "--silent", "winnow", "--", "--version"];
    expect(await run("npm", args)).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});
