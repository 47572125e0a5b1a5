import { AppError } from "@winnow/contracts";
import type { FastifyRequest } from "fastify";
import { hostAllowList } from "./allowed-hosts.js";

/** What the operator added to what is ours by default. */
export interface OwnSites {
  readonly allowedHosts?: readonly string[] | undefined;
  /** Origins whose pages may do what those of this service may. */
  readonly corsOrigins?: readonly string[] | undefined;
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Without keys anybody who reaches the address can do anything, and so can any page that is open in a
 * browser on this machine. The function refuses foreign host names (DNS rebinding), and what a page of
 * another origin requests: known from Fetch Metadata, and where the browser sends none, over plain HTTP
 * beyond loopback for instance, from the Origin. Following a link to us stays possible. It throws
 * `forbidden`. That a network is trusted changes nothing: browsers on it open pages of others too.
 */
export function crossOriginProtection({
  allowedHosts = [],
  corsOrigins = [],
}: OwnSites): (request: FastifyRequest) => void {
  const isAllowedHost = hostAllowList(allowedHosts);
  const origins = new Set(corsOrigins);
  return (request) => {
    const { host, origin } = request.headers;
    if (!isAllowedHost(host)) {
      throw new AppError(
        "forbidden",
        "Without API keys the service answers only to localhost, to addresses, to the name of its " +
          `machine and to the names in ALLOWED_HOSTS, not to ${host}. Add the name there, or create ` +
          "a key with `winnow keys create`.",
      );
    }
    if (origin !== undefined && origins.has(origin)) return;
    if (!isOfAnotherOrigin(request) || isLink(request)) return;
    throw new AppError(
      "forbidden",
      "Without API keys, pages of other origins can do nothing here. Send the request from a " +
        "program, list the page's origin in CORS_ORIGINS, or create a key with `winnow keys create`.",
    );
  };
}

function isOfAnotherOrigin({ headers }: FastifyRequest): boolean {
  const site = headers["sec-fetch-site"];
  // `same-site` is another port of this machine, where somebody else's page may be.
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  const { origin, host } = headers;
  if (origin === undefined) return false;
  if (!URL.canParse(origin) || host === undefined) return true;
  const { protocol, host: own } = new URL(origin);
  const asked = `${protocol}//${host}`;
  return !URL.canParse(asked) || new URL(asked).host !== own;
}

/** A link that somebody follows shows the answer to them, not to the page that holds the link. */
function isLink({ method, headers }: FastifyRequest): boolean {
  return (
    SAFE_METHODS.has(method) &&
    headers["sec-fetch-mode"] === "navigate" &&
    headers["sec-fetch-dest"] === "document"
  );
}
