import { z } from "zod";

/**
 * Settings of a Postgres session on which it depends what we read and write, and what the store sets
 * them to. A role, a database or a server may set others; a URL may not.
 */
export const PINNED_SETTINGS = {
  timezone: "UTC",
  datestyle: "ISO, MDY",
  intervalstyle: "postgres",
  extra_float_digits: "1",
  bytea_output: "hex",
  standard_conforming_strings: "on",
  array_nulls: "on",
  transform_null_equals: "off",
  quote_all_identifiers: "off",
  search_path: "public",
  default_transaction_isolation: "read committed",
  default_transaction_deferrable: "off",
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  exit_on_error: "off",
} as const;

/** The same for settings that only some of the supported versions have. */
export const PINNED_WHERE_KNOWN = { idle_session_timeout: "0", transaction_timeout: "0" } as const;

const PINNED = new Set(Object.keys({ ...PINNED_SETTINGS, ...PINNED_WHERE_KNOWN }));
const SCHEMES = ["postgresql:", "postgres:"];

/** The URL of a Postgres database, fit to connect with. */
export const databaseUrl = () =>
  z.string({ error: "must be set" }).superRefine((text, context) => {
    const message = databaseUrlFault(text);
    if (message !== null) context.addIssue({ code: "custom", message });
  });

/** What is wrong with the URL, without any part of it that may belong to a password; null: nothing. */
export function databaseUrlFault(text: string): string | null {
  if (!SCHEMES.some((scheme) => text.startsWith(`${scheme}//`))) {
    return "must be a URL that starts with postgresql:// or postgres://";
  }
  if (isBadlyEncoded(text)) return NOT_ENCODED;
  const url = new URL(text);
  const schema = url.searchParams.get("schema");
  if (schema !== null && schema !== "public") {
    return "names another schema than public, where Winnow's tables are: give Winnow a database of its own, and leave out schema=";
  }
  const encoding = url.searchParams.get("client_encoding");
  if (encoding !== null && !/^utf-?8$/i.test(encoding)) {
    return "sets a client_encoding other than UTF8; leave it out";
  }
  const options = url.searchParams.getAll("options").join(" ");
  const names = [...url.searchParams.keys(), ...settingsIn(options)];
  const pinned = names.find((name) => PINNED.has(name.toLowerCase().replaceAll("-", "_")));
  if (pinned === undefined) return null;
  return `sets ${pinned.toLowerCase()}, which Winnow sets itself; leave it out`;
}

const NOT_ENCODED =
  "is no valid URL: in a user name and a password, every character but letters, digits and -._~ " +
  "must be percent-encoded (@ as %40, : as %3A, / as %2F, # as %23, ? as %3F, % as %25)";

/** Whether the text is no URL, or one that means something else than its author did. */
function isBadlyEncoded(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password, pathname, hash, search } = new URL(text);
  // A # ends the address, and a / or ? its host: the real host then stands behind an @.
  if (hash !== "" || pathname.includes("@") || pathname.slice(1).includes("/")) return true;
  const ats = (/^[a-z]+:\/\/([^/?#]*)/.exec(text)?.[1] ?? "").split("@").length - 1;
  if (ats > 1 || (ats === 0 && search.includes("@"))) return true;
  return [username, password, pathname].some(isUndecodable);
}

function isUndecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return false;
  } catch {
    return true;
  }
}

/** The names of `-c name=value` and `--name=value`, as Postgres reads its options. */
function settingsIn(options: string): string[] {
  return [...options.matchAll(/(?:^|\s)(?:-c\s*|--)([\w.-]+)\s*=/g)].map(([, name]) => name!);
}
