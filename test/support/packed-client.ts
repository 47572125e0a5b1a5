import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const root = join(import.meta.dirname, "../..");
const tsc = join(root, "node_modules/typescript/bin/tsc");

/** A project of somebody else, which has the packed client and nothing else installed. */
export interface ClientProject {
  /** Runs a program in the project; its output. Throws with all that it wrote where it failed. */
  run(command: string, args: readonly string[], env?: Record<string, string>): Promise<string>;
  /** Compiles files as a strict user does. Throws with the compiler's messages. */
  compile(files: Readonly<Record<string, string>>, ...options: string[]): Promise<string>;
  /** Installs the types of Node. */
  addNodeTypes(): void;
}

/** Packs the client and installs it into the folder, without any registry. */
export async function openClientProject(folder: string): Promise<ClientProject> {
  const run = (cwd: string, command: string, args: readonly string[], env = {}) =>
    runProgram(command, args, { cwd, env: { PATH: process.env.PATH, HOME: folder, ...env } });
  await run(root, process.execPath, ["infra/client/write-types.mjs"]);
  await run(join(root, "packages/client"), "npm", ["pack", "--pack-destination", folder]);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await run(folder, "npm", ["install", "--offline", "--no-audit", "--no-fund", `./${tarball}`]);
  return {
    run: (command, args, env) => run(folder, command, args, env),
    compile(files, ...options) {
      for (const [name, source] of Object.entries(files)) writeFileSync(join(folder, name), source);
      const strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"];
      const module = ["--ignoreConfig", "--module", "nodenext", "--target", "es2023"];
      const names = Object.keys(files);
      return run(folder, process.execPath, [tsc, ...module, ...strict, ...options, ...names]);
    },
    addNodeTypes() {
      mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
      for (const name of ["@types/node", "undici-types"]) {
        const installed = join(folder, "node_modules", name);
        cpSync(join(root, "node_modules", name), installed, { recursive: true });
      }
    },
  };
}

async function runProgram(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const exited = new Promise((resolve) => child.once("close", resolve));
  const [out, error, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  if (code === 0) return out;
  throw new Error(`${command} ${args.join(" ")}: exit code ${code}\n${out}${error}`);
}
