/**
 * `npm run sbom -- api|worker [--backend wasm|tfjs-node|tfjs-node-gpu] [--out FILE]`: the software bill of
 * materials of an image, as CycloneDX 1.6: every npm package that it holds, with version, licence and hash, and what
 * loads it. From the lockfiles alone, so that the same commit has the same bytes. `npm sbom --omit dev` would leave out
 * each package that a workspace also names for its tests, zod among them. Debian's packages and TensorFlow's wheels are not in
 * it: `docker buildx build --sbom=true` lists the former.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { nameOf, reachable } from "./lockfile.mjs";

/** What the Dockerfiles copy: the page, whose packages Vite has bundled, goes with the API. */
const IMAGES = {
  api: { workspaces: ["apps/api", "apps/cli", "apps/web"], optional: false },
  worker: { workspaces: ["apps/worker"], optional: true },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { backend: { type: "string", default: "wasm" }, out: { type: "string" } },
});
const [name] = positionals;
const image = IMAGES[name];
if (image === undefined) {
  console.error(`name an image: ${Object.keys(IMAGES).join(" or ")}`);
  process.exit(1);
}
const lock = readLock("package-lock.json");
const parts = [[reachable(lock, image.workspaces, image), image.workspaces]];
if (name === "worker" && values.backend !== "wasm") {
  const native = [`node_modules/@tensorflow/${values.backend}`];
  parts.push([reachable(readLock("infra/native/package-lock.json"), native, image), native]);
}
const text = `${JSON.stringify(billOf(parts), null, 2)}\n`;
if (values.out === undefined) process.stdout.write(text);
else writeFileSync(values.out, text);

function readLock(path) {
  return JSON.parse(readFileSync(join(process.cwd(), path), "utf8"));
}

function billOf(parts) {
  const self = `winnow-${name}@${lock.version}`;
  const components = new Map();
  const loads = new Map([[self, new Set()]]);
  for (const [found, starts] of parts) {
    const refOf = (place) => purlOf(place, found.get(place).entry);
    for (const start of starts) loads.get(self).add(refOf(start));
    for (const [place, { entry, isNeeded, loads: places }] of found) {
      const ref = refOf(place);
      // The same version at several places is one component.
      const isRequired = isNeeded || components.get(ref)?.scope === "required";
      components.set(ref, componentOf(ref, place, entry, isRequired));
      loads.set(ref, new Set([...(loads.get(ref) ?? []), ...places.map(refOf)]));
    }
  }
  const sorted = [...components.keys()].sort();
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      lifecycles: [{ phase: "pre-build" }],
      component: {
        type: "container",
        "bom-ref": self,
        name: `winnow-${name}`,
        version: lock.version,
        licenses: [{ expression: "Apache-2.0" }],
      },
    },
    components: sorted.map((ref) => components.get(ref)),
    dependencies: [self, ...sorted].map((ref) => ({
      ref,
      dependsOn: [...loads.get(ref)].sort(),
    })),
  };
}

function componentOf(ref, place, entry, isRequired) {
  const { version, license, integrity } = entry;
  const hashes = integrity?.split(" ").map((one) => {
    const [algorithm, base64] = [one.slice(0, one.indexOf("-")), one.slice(one.indexOf("-") + 1)];
    const content = Buffer.from(base64, "base64").toString("hex");
    return { alg: algorithm.toUpperCase().replace("SHA", "SHA-"), content };
  });
  return {
    type: "library",
    "bom-ref": ref,
    name: nameOf(place, entry),
    version,
    scope: isRequired ? "required" : "optional",
    ...(hashes && { hashes }),
    ...(license && { licenses: [licenceOf(license)] }),
    purl: ref,
  };
}

/** "SEE LICENSE IN ..." is no expression of SPDX. */
function licenceOf(text) {
  return /^SEE |^UNLICENSED$/.test(text) ? { license: { name: text } } : { expression: text };
}

function purlOf(place, entry) {
  return `pkg:npm/${nameOf(place, entry).replace("@", "%40")}@${entry.version}`;
}
