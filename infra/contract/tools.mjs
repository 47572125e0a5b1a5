import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const HERE = import.meta.dirname;
const ROOT = join(HERE, "../..");
export const TOOLS_DIR = join(ROOT, ".winnow/contract");

/** Outside of the lockfile: nobody but this check needs them. */
const NODE_PACKAGES = ["@redocly/cli@2.77.0", "openapi-typescript@7.13.0", "openapi-fetch@0.17.0"];
const LONGEST_MS = 900_000;

/** Installs the tools, once for each set of versions; returns where their programs are. */
export async function tools() {
  const venv = join(TOOLS_DIR, "python");
  const requirements = join(HERE, "requirements.txt");
  await once(venv, readFileSync(requirements, "utf8"), async () => {
    await install("python3", ["-m", "venv", "--clear", venv]);
    const pip = ["-m", "pip", "install", "--quiet", "--requirement", requirements];
    await install(join(venv, "bin/python"), pip);
  });
  const packages = join(TOOLS_DIR, "node");
  await once(packages, NODE_PACKAGES.join(), async () => {
    writeFileSync(join(packages, "package.json"), '{ "private": true, "type": "module" }\n');
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save"];
    await install("npm", ["install", "--prefix", packages, ...options, ...NODE_PACKAGES]);
  });
  // openapi-python-client formats its code with the ruff beside it.
  process.env.PATH = `${join(venv, "bin")}${delimiter}${process.env.PATH}`;
  return {
    python: (name) => join(venv, "bin", name),
    node: (name) => join(packages, "node_modules/.bin", name),
  };
}

export async function once(folder, versions, work) {
  const mark = join(folder, "installed.txt");
  if (existsSync(mark) && readFileSync(mark, "utf8") === versions) return;
  mkdirSync(folder, { recursive: true });
  await work();
  writeFileSync(mark, versions);
}

export async function install(command, args) {
  console.log(`${command} ${args.join(" ")}`);
  const { code, output } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`);
}

/** Runs a program to its end; returns its exit code and all that it printed. */
export function run(command, args, cwd = ROOT) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LONGEST_MS,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
