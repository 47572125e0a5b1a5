// npm run bench:quality -- --data DIR [--set NAME] [--seeds 1,2,3] [--python PYTHON] [--rows N]
//   [--no-network | --backend wasm] [--vectors DIR [--only-vectors]]
// How good the flags are, by the order error_odds: the quick model alone, the recipe without a network
// (the linear model in its place), and the full recipe as the service runs it, whose folds are the mean
// of network and linear model; beside them what a user would pick in Python, TF-IDF, logistic regression
// and cleanlab, run as a program. DIR holds noisyagnews/samples10000valMed.csv and
// toutiao_15class/toutiao_test_38270.txt. Without --python the bench makes an environment of its own.
// With --vectors also the two rounds over texts and sentence vectors, beside logistic regression on the
// same vectors: of all-MiniLM-L6-v2 in English, of multilingual-e5-small in Chinese, encoded by Python
// (about an hour) unless DIR holds them already.
import { parseArgs } from "node:util";
import { arraySource, compareWithTruth, findLabelIssues } from "@winnow/confident-learning";
import { type BackendName, selectBackend } from "@winnow/encoder";
import { ENCODER_PACKAGES, findPython, runPeer } from "./quality/python-peer.js";
import { type Given, linearModel, networkModel, type Pooled, runRecipe } from "./quality/recipe.js";
import { RECIPE_BARS, VECTOR_BARS } from "./quality/recipe-bars.js";
import { BARS, isSetName, loadSet, type QualitySet, type SetName } from "./quality/sets.js";
import { loadVectors, runVectorPeer, runVectorRecipe } from "./quality/vectors.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    set: { type: "string", multiple: true },
    seeds: { type: "string", default: "1,2,3" },
    python: { type: "string" },
    rows: { type: "string" },
    vectors: { type: "string" },
    "only-vectors": { type: "boolean", default: false },
    network: { type: "boolean", default: true },
    backend: { type: "string", default: "wasm" },
  },
  allowNegative: true,
});
const names: readonly string[] = options.set ?? Object.keys(BARS);
if (options.data === undefined || !names.every(isSetName)) {
  console.error(
    `Usage: npm run bench:quality -- --data DIR [--set ${Object.keys(BARS).join("|")}]`,
  );
  process.exit(2);
}
const folder = options.data;
const seeds = options.seeds.split(",").map(Number);
const python = findPython(options.python, options.vectors === undefined ? [] : ENCODER_PACKAGES);
if (options.network && !options["only-vectors"]) {
  await selectBackend(options.backend as BackendName);
}
for (const name of names) await measure(name as SetName);

async function measure(name: SetName): Promise<void> {
  const rows = options.rows === undefined ? undefined : Number(options.rows);
  const set = await loadSet(name, { folder, folds: 5, rows });
  const wrong = set.given.filter((label, row) => label !== set.clean[row]).length;
  console.log(`\n${name}: ${set.given.length} rows, ${percent(wrong / set.given.length)} wrong`);
  console.log("AP     prec.  recall  flags  seconds  model");
  if (!options["only-vectors"]) await measureTexts(set);
  if (options.vectors !== undefined) await measureVectors(set, options.vectors);
}

/** Flags at the number that `prune_by_noise_rate` finds on the logistic regression. */
async function measureVectors(set: QualitySet, cache: string): Promise<void> {
  const { file, vectors } = await loadVectors(set, cache, python);
  const peer = runVectorPeer(set, file, python);
  line(
    { ...flagsOf(set, peer.flagged), ap: peer.ap, seconds: peer.seconds },
    "vectors + LR + cleanlab",
  );
  const found: Row[] = [];
  for (const seed of seeds) {
    const { pool, weight, ridge, seconds } = await runVectorRecipe(set, vectors, seed);
    const row = await rowOf(set, pool, peer.flagged.length, seconds);
    found.push(line(row, `quick + vectors, seed ${seed}, weight ${weight}, ridge ${ridge}`));
  }
  console.log(`mean: quick + vectors AP ${held(mean(found, "ap"), VECTOR_BARS[set.name])}`);
}

async function measureTexts(set: QualitySet): Promise<void> {
  const { name } = set;
  const peer = runPeer(set, python);
  const margin = await judged(set, peer.probs, "normalized_margin");
  line(
    { ...flagsOf(set, peer.flagged), ap: margin.ap, seconds: peer.seconds },
    "TF-IDF + LR + cleanlab",
  );
  const rows: Record<"quick" | "linear" | "full", Row[]> = { quick: [], linear: [], full: [] };
  for (const seed of seeds) {
    const linear = await linearModel(set, seed);
    const others = options.network ? [linear, await networkModel(set, seed)] : [linear];
    const { quick, pools } = await runRecipe(set, seed, others);
    const flags = await countOf(set, linear);
    rows.quick.push(line(await rowAt(set, quick, flags), `quick, seed ${seed}`));
    for (const [i, pool] of pools.entries()) {
      const kind = i === 0 ? "linear" : "full";
      const what = i === 0 ? "linear model as D" : "network and linear model as D";
      const row = await rowAt(set, pool, await countOf(set, others[i]!));
      rows[kind].push(line(row, `full recipe, ${what}, seed ${seed}`));
    }
  }
  const bars = RECIPE_BARS[name];
  console.log(`means: quick AP ${held(mean(rows.quick, "ap"), bars.quick)}`);
  for (const kind of ["linear", "full"] as const) {
    const own = rows[kind];
    if (own.length === 0) continue;
    console.log(
      `  full recipe${kind === "linear" ? " without a network" : ""}: AP ${held(mean(own, "ap"), bars.full)} ` +
        `(beyond: ${held(mean(own, "ap"), bars.beyond)}), precision ${held(mean(own, "precision"), bars.precision)}`,
    );
  }
}

/** As many flags as `prune_by_noise_rate` finds on the folds' own probabilities. */
async function countOf(set: QualitySet, { probs }: Given): Promise<number> {
  return (await judged(set, probs, "normalized_margin")).flags;
}

function rowAt(set: QualitySet, { probs, seconds }: Pooled, flags: number): Promise<Row> {
  return rowOf(set, probs, flags, seconds);
}

/** A figure beside its bar, which is one of all rows. */
function held(value: number, bar: number): string {
  if (options.rows !== undefined) return f(value);
  return `${f(value)} ${value >= bar ? ">=" : "BELOW"} ${bar}`;
}

function mean(rows: readonly Row[], key: "ap" | "precision"): number {
  return rows.reduce((sum, row) => sum + row[key], 0) / rows.length;
}

interface Row {
  readonly ap: number;
  readonly precision: number;
  readonly recall: number;
  readonly flags: number;
  readonly seconds: number;
}

/** All rows by error_odds; precision and recall at so many flags. */
async function rowOf(
  set: QualitySet,
  probs: Float64Array,
  flags: number,
  seconds: number,
): Promise<Row> {
  const { ap, ranking } = await judged(set, probs, "error_odds");
  return { ...flagsOf(set, ranking.slice(0, flags)), ap, seconds };
}

async function judged(
  { given, clean, classes }: QualitySet,
  probs: Float32Array | Float64Array,
  order: "error_odds" | "normalized_margin",
) {
  const issues = await findLabelIssues(arraySource(given, probs, classes), {
    order,
    everyRow: true,
  });
  const { averagePrecision } = compareWithTruth(issues, clean)!;
  const { errorOdds } = issues.everyRow!;
  const ranking = Array.from(given.keys());
  if (errorOdds) ranking.sort((a, b) => errorOdds[b]! - errorOdds[a]! || a - b);
  const ap =
    order === "error_odds" ? averagePrecision.errorOdds : averagePrecision.normalizedMargin;
  return { ap: ap!, flags: issues.indices.length, ranking };
}

function flagsOf({ given, clean }: QualitySet, flagged: readonly number[]) {
  const hits = flagged.filter((row) => given[row] !== clean[row]).length;
  const wrong = given.filter((label, row) => label !== clean[row]).length;
  return { flags: flagged.length, precision: hits / flagged.length, recall: hits / wrong };
}

function line(row: Row, what: string): Row {
  const flags = String(row.flags).padStart(5);
  const seconds = row.seconds.toFixed(1).padStart(7);
  console.log(
    `${f(row.ap)}  ${f(row.precision)}  ${f(row.recall)}   ${flags}  ${seconds}  ${what}`,
  );
  return row;
}

function f(value: number): string {
  return value.toFixed(3);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
