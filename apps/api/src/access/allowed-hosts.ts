import { isIP } from "node:net";
import { hostname } from "node:os";

/**
 * Whether a request's Host is a name of this service: `localhost`, an address, this machine's own name,
 * or one that the operator listed (`*.example.org`: every name below it). Any other name may belong to
 * somebody who made it resolve to us (DNS rebinding), and a page that was loaded under it counts as ours
 * in a browser. Only the header itself counts: what proxies add is in anybody's hands.
 */
export function hostAllowList(listed: readonly string[]): (host: string | undefined) => boolean {
  const names = new Set(["localhost", ...listed, hostname()].map(canonicalName));
  const suffixes = [...names].filter((name) => name.startsWith("*.")).map((name) => name.slice(1));
  suffixes.push(".localhost");
  return (host) => {
    // HTTP/1.0 does without it; every browser sends it.
    if (host === undefined || host === "") return true;
    const name = nameIn(host);
    if (name === null) return false;
    if (isIP(name) !== 0 || names.has(name)) return true;
    return suffixes.some((suffix) => name.endsWith(suffix) && name.length > suffix.length);
  };
}

/** In lower case, without the dot of the root, and as DNS spells it. */
export function canonicalName(name: string): string {
  const [, wildcard = "", rest = ""] = /^(\*\.)?(.*)$/.exec(name) ?? [];
  const url = `http://${rest}`;
  const spelled = URL.canParse(url) ? new URL(url).hostname : rest.toLowerCase();
  return wildcard + spelled.replace(/\.$/, "");
}

/** The name or address of a Host header without port and brackets; null where it is neither. */
function nameIn(host: string): string | null {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host)?.[1];
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed : null;
  const name = /^([^:/?#@\\\s]+)(?::\d*)?$/.exec(host)?.[1];
  return name === undefined ? null : name.toLowerCase().replace(/\.$/, "");
}
