/** The typed client of the HTTP API. */
export {
  ApiError,
  type CallInput,
  type CallOutput,
  type Client,
  type ClientOptions,
  createClient,
  UnreachableError,
} from "./calls/create-client.js";
