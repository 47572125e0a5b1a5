// npm run golden -- --albert DIR [--backend wasm|tfjs-node|tfjs-node-gpu|webgpu] [--packages DIR]
// Checks a folder of golden cases (or one case) and exits 1 on any difference. `--packages` names a
// folder whose node_modules holds the native binding, when it was built elsewhere.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { selectBackend } from "@winnow/encoder";
import { checkAlbertCase, checkTokenizerCases } from "./check-albert-case.mjs";

const { values } = parseArgs({
  options: {
    albert: { type: "string" },
    backend: { type: "string", default: "wasm" },
    packages: { type: "string" },
  },
});
if (values.albert === undefined) {
  console.error(
    "Usage: npm run golden -- --albert DIR [--backend wasm|tfjs-node] [--packages DIR]",
  );
  process.exit(2);
}
const root = resolve(values.albert);
const packages = values.packages && createRequire(join(resolve(values.packages), "from-here.js"));
const started = await selectBackend(
  values.backend,
  packages ? async (name) => packages(name) : undefined,
);
// Every engine that the backend has: pretraining is eager everywhere.
const engines = [...new Set(["eager", started.engine])];
console.log(`backend ${started.backend}, ${started.version}, ${started.device}`);

const names = existsSync(join(root, "expected.json")) ? ["."] : (await readdir(root)).sort();
let differences = 0;
let cases = 0;
for (const name of names) {
  const folder = join(root, name);
  if (!existsSync(join(folder, "expected.json"))) continue;
  const runs = existsSync(join(folder, "model.safetensors"))
    ? ["safetensors", "tensorflow-bundle"].flatMap((format) =>
        engines.map((engine) => [
          `${format}, ${engine}`,
          () => checkAlbertCase(folder, format, engine),
        ]),
      )
    : [["tokenizer", () => checkTokenizerCases(folder)]];
  for (const [what, run] of runs) {
    const report = await run();
    cases++;
    differences += report.differences.length;
    const closest = Object.entries(report.closest).map(
      ([kind, share]) => `${kind} ${(100 * share).toFixed(1)} %`,
    );
    console.log(
      `${name} ${what}: ${report.comparisons} comparisons, ${report.differences.length} differences`,
    );
    if (closest.length > 0) console.log(`  largest, of what is allowed: ${closest.join(", ")}`);
    for (const { what, largest, allowed } of report.differences.slice(0, 20)) {
      console.log(`  ${what}: off by ${largest}, allowed ${allowed}`);
    }
  }
}
if (cases === 0) console.error(`No golden case under ${root}.`);
process.exitCode = differences > 0 || cases === 0 ? 1 : 0;
