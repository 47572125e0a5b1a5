import { createProgram } from "./commands/program.js";
import { userFolder } from "./config.js";
import { REPOSITORY } from "./platform/paths.js";
import { reportFailure } from "./terminal/failure.js";

// A reader that has seen enough (`| head`) is no failure to report.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 141 : 1);
});

try {
  // Every path that the user types is resolved by the system from here on.
  process.chdir(userFolder(REPOSITORY));
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
