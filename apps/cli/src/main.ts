#!/usr/bin/env node
import { createProgram } from "./commands/program.js";
import { reportFailure } from "./terminal/failure.js";

// A reader that has seen enough (`| head`) is no failure to report.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 141 : 1);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
