/** The `winnow` command as a program that is not run yet, and its settings: for reference and tests. */
export { createProgram } from "./commands/program.js";
export { CLI_SETTINGS } from "./config.js";
