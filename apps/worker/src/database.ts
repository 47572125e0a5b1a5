import { openStore, type Store, type StoreOptions } from "@winnow/store";

/**
 * Opens the store for a process that outlives Postgres. A connection that breaks while it is lent
 * out tells so in an "error" event, beside failing its query; unheard, it would end the process.
 */
export function openLastingStore(
  options: StoreOptions & { onError: (error: Error) => void },
): Store {
  const store = openStore(options);
  store.pool.on("connect", (client) => client.on("error", options.onError));
  return store;
}
