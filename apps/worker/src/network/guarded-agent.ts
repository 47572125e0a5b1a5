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
  isPublic(address: string): boolean;
  /** Certificates to trust instead of the system's. */
  readonly ca?: string;
}

const resolveAll = promisify(lookup);

/** The machine's resolver, and public addresses only. */
export const PUBLIC_NETWORK: Network = {
  resolve: (hostname) => resolveAll(hostname, { all: true }),
  isPublic: isPublicAddress,
};

/** The machine's resolver, and every address: for operators who trust those who enter URLs. */
export const ANY_NETWORK: Network = { ...PUBLIC_NETWORK, isPublic: () => true };

const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 30_000;

/**
 * An HTTP client that connects to public addresses only. It checks the very address that it connects
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
      if (isIP(host) && !network.isPublic(host)) return callback(refusal(), null);
      connect(options, (...[error, socket]) => {
        if (error) return callback(error, null);
        if (network.isPublic(socket.remoteAddress ?? "")) return callback(null, socket);
        socket.destroy();
        callback(refusal(), null);
      });
    },
  });
}

function guardedLookup(network: Network): LookupFunction {
  return (hostname, options, callback) => {
    network.resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        // One private address among public ones makes all of them suspicious.
        if (!first || !addresses.every(({ address }) => network.isPublic(address))) {
          return callback(refusal(), "");
        }
        if (options.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ""),
    );
  };
}

/** The message does not name the address: callers must not learn about this network. */
const refusal = () =>
  new AppError("source-not-allowed", "The URL leads to an address that is not public.");
