import { type Client, createClient } from "@winnow/client";
import { watchedFetch } from "./connection.js";
import { heldKey, holdKey } from "./key.js";

let client: Client | undefined;

/** The client of the service that this page came from. */
export function service(): Client {
  client ??= createClient(location.origin, { apiKey: heldKey(), fetch: watchedFetch });
  return client;
}

/** Goes on with another key. */
export function signIn(key: string): void {
  holdKey(key);
  client = undefined;
}
