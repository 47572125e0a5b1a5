#!/usr/bin/env node
/**
 * The `winnow` command. It is committed, and not built, because npm links a command only if its file
 * exists at install time. In a clone it first installs and builds what is missing; an image holds
 * only what is built, and there the command starts at once.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = new URL("../dist/main.js", import.meta.url);
const setup = new URL("../../../infra/setup/prepare.mjs", import.meta.url);

if (existsSync(setup)) {
  const { PrepareError, prepare } = await import(setup.href);
  try {
    // To stderr: stdout belongs to the command. A quick look that finds nothing to do prints nothing.
    await prepare({ stream: process.stderr, showAfterMs: 1500 });
  } catch (error) {
    console.error(error instanceof PrepareError ? error.message : error);
    process.exit(error.exitCode ?? 1);
  }
}
if (!existsSync(main)) {
  console.error(`${fileURLToPath(main)} is missing: this copy of Winnow was not built.`);
  process.exit(1);
}

// In this very process: signals, terminal and exit code are the command's own.
process.argv[1] = fileURLToPath(main);
await import(main.href);
