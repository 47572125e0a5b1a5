/** The `winnow` command. It is run, not imported: the client of the API is `@winnow/client`. */
export { CLI_SETTINGS } from "./config.js";
