/**
 * Before `npm pack` of packages/client: writes the types that the package brings into dist/types, so
 * that it needs neither our contract's package nor its schema library. They are the compiler's own
 * declarations, with the contract's types written out. Fails where one of them names another package.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "../..");
const client = join(root, "packages/client");
const dist = join(client, "dist");
const types = join(dist, "types");
const CONTRACT = "contract/types.d.ts";

const tsc = join(root, "node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-b", client], { stdio: "inherit" });
const contracts = await import("../../packages/contracts/dist/index.js");
const { contractTypes } = await import("./contract-types.mjs");

rmSync(types, { recursive: true, force: true });
for (const path of readdirSync(dist, { recursive: true })) {
  const source = join(client, "src", path.replace(/(\.d\.ts|\.js)(\.map)?$/, ".ts"));
  if (!/\.(d\.ts|js|js\.map)$/.test(path)) continue;
  if (!existsSync(source))
    rmSync(join(dist, path)); // of a source that is gone
  else if (path.endsWith(".d.ts") && path !== CONTRACT) {
    write(path, readFileSync(join(dist, path), "utf8"));
  }
}
write(CONTRACT, contractTypes(named(contracts)));

/** The schemas whose types the client exports by name. */
function named(schemas) {
  const source = readFileSync(join(dist, CONTRACT), "utf8");
  const [, names = ""] = /export type \{([^}]*)\} from "@winnow\/contracts"/.exec(source) ?? [];
  return Object.fromEntries(
    (names.match(/\w+/g) ?? []).map((name) => {
      const schema = schemas[name];
      if (schema === undefined) throw new Error(`The contract has no schema ${name}.`);
      return [name, schema];
    }),
  );
}

function write(path, text) {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  const [, foreign] = /(?:from|import\()\s*"([^."][^"]*)"/.exec(code) ?? [];
  if (foreign) throw new Error(`The declarations of ${path} name ${foreign}.`);
  const target = join(types, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
