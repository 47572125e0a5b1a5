// npm run bench:training-bundle -- FOLDER
// Writes the child of bench:training with all that it imports into FOLDER, as one file beside the binaries
// of its backends: a machine with nothing but Node runs it there, without node_modules. `webgpu` and its
// backend are part of it where `npx winnow backends` says that they are installed. Native TensorFlow is not: its
// libraries are found by their place in node_modules.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { built, inProject } from "./service/paths.js";

const { positionals } = parseArgs({ allowPositionals: true });
const [out] = positionals.map((folder) => resolve(folder));
if (out === undefined || positionals.length > 1) {
  console.error("usage: npm run bench:training-bundle -- FOLDER");
  process.exit(2);
}
if (existsSync(out) && readdirSync(out).length > 0) {
  console.error(`${out} is not empty: name a new folder.`);
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const require = createRequire(import.meta.url);
const bundle = join(out, "child.mjs");
const options = [
  ...["--platform", "node", "--format", "esm", "--no-codeSplitting"],
  // The wasm backend's loader is of the time before modules.
  ...["--banner", "const __dirname = import.meta.dirname;"],
];
const OPTIONAL = ["webgpu", "@tensorflow/tfjs-backend-webgpu"];
const absent = OPTIONAL.filter((name) => !existsSync(inProject(`node_modules/${name}`)));
for (const name of absent) options.push("--external", name);
execFileSync(
  inProject("node_modules/.bin/rolldown"),
  [built("training/child.js"), ...options, "--file", bundle],
  { stdio: ["ignore", "ignore", "inherit"] },
);
const wasm = join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist");
for (const name of readdirSync(wasm).filter((file) => file.endsWith(".wasm"))) {
  copyFileSync(join(wasm, name), join(out, name));
}
const platform = `${process.platform}-${process.arch}`;
const dawn = inProject(`node_modules/webgpu/dist/${platform}`);
if (existsSync(dawn)) {
  cpSync(dawn, join(out, "dist", platform), { recursive: true });
}
console.log(`${bundle}: node child.mjs wasm 1 128 4096`);
