import { readFileSync } from "node:fs";

/** What computes here: stored with every result, so that its receipt can name it. */
export const MADE_BY: { readonly winnow: string; readonly node: string } = {
  winnow: versionOf(new URL("../../../../package.json", import.meta.url)),
  node: process.version,
};

/** The version of all of Winnow, from the root's package.json. */
function versionOf(manifest: URL): string {
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
