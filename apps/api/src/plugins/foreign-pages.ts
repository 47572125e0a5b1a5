import { isIP } from "node:net";
import { AppError } from "@winnow/contracts";
import type { FastifyRequest } from "fastify";

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Without keys anybody who reaches the address may do anything, and so may any page that is open in
 * a browser on this machine. Turned away are changes that a page of another site asks for (told by
 * Fetch Metadata, in older browsers by the Origin) and, on loopback, host names that are not its own:
 * with one of its own that it lets point to 127.0.0.1 a page could read answers too. Throws
 * `forbidden`.
 */
export function refuseForeignPage(request: FastifyRequest, trustedNetwork: boolean): void {
  if (!trustedNetwork && !isLocalName(request.hostname)) {
    throw new AppError(
      "forbidden",
      `Without API keys the service answers to localhost and to addresses, not to the name ` +
        `${request.hostname}. Make a key with \`winnow keys create\`, or set TRUSTED_NETWORK=true if ` +
        "only people you trust reach it.",
    );
  }
  if (safeMethods.has(request.method) || !isOfAnotherSite(request)) return;
  throw new AppError(
    "forbidden",
    "Without API keys no page of another site may change anything here. Send the request from a " +
      "program, or make a key with `winnow keys create`.",
  );
}

const isLocalName = (name: string): boolean =>
  /^(.+\.)?localhost$/i.test(name) || isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0;

function isOfAnotherSite({ headers, host }: FastifyRequest): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "cross-site";
  const { origin } = headers;
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host);
}
