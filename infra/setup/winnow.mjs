/**
 * `node infra/setup/winnow.mjs <command>`: prepares the clone where that is needed, then is the
 * `winnow` command. Preparation writes to stderr: stdout belongs to the command.
 */
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { PrepareError, prepare } from "./prepare.mjs";

const main = fileURLToPath(new URL("../../apps/cli/dist/main.js", import.meta.url));

try {
  await prepare({ stream: process.stderr });
  if (!existsSync(main)) throw new PrepareError(`The build made no ${main}.`);
} catch (error) {
  console.error(error instanceof PrepareError ? error.message : error);
  process.exit(1);
}

// In this very process: signals, terminal and exit code are the command's own.
process.argv[1] = main;
await import(pathToFileURL(main).href);
