import { ConfigError } from "@winnow/contracts";
import { anyApiKey, type Store } from "@winnow/store";
import { type ApiConfig, isLoopback } from "../config.js";

/**
 * Throws `ConfigError` unless the API may listen on the address. Anybody can call an API without
 * keys, so it stays on loopback unless the operator says that the network is trusted.
 */
export async function assertMayListen(
  { host, trustedNetwork }: Pick<ApiConfig, "host" | "trustedNetwork">,
  store: Store,
): Promise<void> {
  if (isLoopback(host) || trustedNetwork) return;
  const keys = await anyApiKey(store).catch((error: Error) => error);
  if (keys === true) return;
  const why =
    keys === false
      ? "no API key is configured"
      : `the database does not say whether there are API keys (${keys.message})`;
  throw new ConfigError([
    `HOST: ${host} is not a loopback address, and ${why}; create a key with \`winnow keys create\`, ` +
      "listen on 127.0.0.1, or set TRUSTED_NETWORK=true if only people you trust reach this address",
  ]);
}
