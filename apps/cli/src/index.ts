/** The `winnow` command; its client of the HTTP contract can be used by itself. */
export {
  ApiError,
  type CallInput,
  type CallOutput,
  type Client,
  type ClientOptions,
  createClient,
  UnreachableError,
} from "./client.js";
