import { isIP } from "node:net";
import { AppError } from "@winnow/contracts";
import type { FastifyRequest } from "fastify";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Without keys anybody who reaches the address can do anything, and so can any page that is open in a
 * browser on this machine. This refuses changes that a page of another site requests (known from Fetch
 * Metadata, in older browsers from the Origin) and, on loopback, foreign host names: a page whose own
 * name resolves to 127.0.0.1 could otherwise read answers (DNS rebinding). Throws `forbidden`.
 */
export function refuseCrossOriginRequest(request: FastifyRequest, trustedNetwork: boolean): void {
  if (!trustedNetwork && !isLocalName(request.hostname)) {
    throw new AppError(
      "forbidden",
      `Without API keys the service accepts only localhost and IP addresses as host names, not ` +
        `${request.hostname}. Create a key with \`winnow keys create\`, or set TRUSTED_NETWORK=true ` +
        "if only people you trust reach the service.",
    );
  }
  if (SAFE_METHODS.has(request.method) || !isOfAnotherSite(request)) return;
  throw new AppError(
    "forbidden",
    "Without API keys, pages of other sites cannot change anything here. Send the request from a " +
      "program, or create a key with `winnow keys create`.",
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
