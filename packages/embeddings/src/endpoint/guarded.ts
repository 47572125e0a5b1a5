import { ANY_NETWORK, guardedAgent, PRIVATE_NETWORK } from "@winnow/network";
import { type EmbeddingsEndpoint, type EndpointOptions, openEndpoint } from "./endpoint.js";

/** A key goes over a network of strangers only encrypted. */
const KEY_NETWORK = {
  ...PRIVATE_NETWORK,
  refusal: "over http a key goes to this machine and private networks only; use https",
};

/** An endpoint that whoever runs the program has named, and how its connections end. */
export interface GuardedEndpoint {
  readonly endpoint: EmbeddingsEndpoint;
  close(): Promise<void>;
}

/** Opens an endpoint that is asked by the rules above. Throws `endpoint-address`. */
export function openGuardedEndpoint(options: Omit<EndpointOptions, "dispatcher">): GuardedEndpoint {
  const isPlainKey = options.key !== undefined && /^http:/i.test(options.url);
  const agent = guardedAgent(isPlainKey ? KEY_NETWORK : ANY_NETWORK);
  return {
    endpoint: openEndpoint({ ...options, dispatcher: agent }),
    close: () => agent.destroy(),
  };
}
