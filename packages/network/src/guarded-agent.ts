import { type LookupAddress, lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { promisify } from "node:util";
import { AppError } from "@winnow/contracts";
import { Agent, buildConnector } from "undici";
import { isPublicAddress } from "./public-address.js";

/** How a name becomes a connection; tests pass their own. */
export interface Network {
  /** All addresses of a name. */
  resolve(hostname: string): Promise<LookupAddress[]>;
  /** Whether a connection to an address may be made. */
  allows(address: string): boolean;
  /** Why not, without the address: callers must not learn about this network. */
  readonly refusal: string;
  /** Certificates to trust instead of the system's. */
  readonly ca?: string;
}

const resolveAll = promisify(lookup);

/** The machine's resolver, and public addresses only. */
export const PUBLIC_NETWORK: Network = {
  resolve: (hostname) => resolveAll(hostname, { all: true }),
  allows: isPublicAddress,
  refusal: "The URL leads to an address that is not public.",
};

/** The machine's resolver, and every address: for operators who trust those who enter URLs. */
export const ANY_NETWORK: Network = { ...PUBLIC_NETWORK, allows: () => true };

/** The machine's resolver, and addresses of this machine and of private networks only. */
export const PRIVATE_NETWORK: Network = {
  ...PUBLIC_NETWORK,
  allows: (address) => !isPublicAddress(address),
  refusal: "The URL leads to a public address.",
};

const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 30_000;

/**
 * An HTTP client that connects to allowed addresses only. It checks the very address that it connects
 * to, so that a name cannot resolve differently in between. Refused requests reject with
 * `source-not-allowed`; then no connection was made.
 */
export function guardedAgent(network: Network): Agent {
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    lookup: guardedLookup(network),
    ...(network.ca !== undefined && { ca: network.ca }),
  });
  return new Agent({
    headersTimeout: SILENCE_TIMEOUT_MS,
    bodyTimeout: SILENCE_TIMEOUT_MS,
    connect(options, callback) {
      // A literal address is never looked up, so it is checked here.
      const host = options.hostname.replace(/^\[(.*)\]$/, "$1");
      if (isIP(host) && !network.allows(host)) return callback(refusal(network), null);
      connect(options, (...[error, socket]) => {
        if (error) return callback(error, null);
        if (network.allows(socket.remoteAddress ?? "")) return callback(null, socket);
        socket.destroy();
        callback(refusal(network), null);
      });
    },
  });
}

function guardedLookup(network: Network): LookupFunction {
  return (hostname, options, callback) => {
    network.resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        // One refused address among others makes all of them suspicious.
        if (!first || !addresses.every(({ address }) => network.allows(address))) {
          return callback(refusal(network), "");
        }
        if (options.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ""),
    );
  };
}

const refusal = (network: Network) => new AppError("source-not-allowed", network.refusal);
