// npm run bench:quality-network -- --data DIR [--set NAME] [--seeds 1,2,3] [--backend wasm] [--folds 5]
// How good the flags are, from random weights with the default recipe: DIR holds
// noisyagnews/samples10000valMed.csv and toutiao_15class/toutiao_test_38270.txt. Prints, per set and
// seed, accuracy, flags and both average precisions of the recipe (network and linear part
// averaged) and of each of its two models alone; scikit-learn's linear model stands beside it where
// Python has it. --model and --training take JSON ('{"head":{"wideBuckets":32768}}'), --pretrain N
// reads the texts N times before the folds, --temperatures 1.5,2 judges the recipe's probabilities
// to the power 1/T too, --rows N takes the first N rows only.
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type BackendName, selectBackend } from "@winnow/encoder";
import { crossValidate, tempered } from "./quality/cross-validate.js";
import { judge, print, type Verdict } from "./quality/judge.js";
import { linearBaseline } from "./quality/linear-baseline.js";
import { BARS, isSetName, loadSet, type SetName } from "./quality/sets.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    set: { type: "string", multiple: true },
    seeds: { type: "string", default: "1,2,3" },
    folds: { type: "string", default: "5" },
    backend: { type: "string", default: "wasm" },
    packages: { type: "string" },
    python: { type: "string", default: "python3" },
    model: { type: "string", default: "{}" },
    training: { type: "string", default: "{}" },
    linear: { type: "boolean", default: true },
    temperatures: { type: "string", default: "" },
    rows: { type: "string" },
    pretrain: { type: "string", default: "0" },
  },
  allowNegative: true,
});
const names: readonly string[] = options.set ?? Object.keys(BARS);
if (options.data === undefined || !names.every(isSetName)) {
  console.error(
    `Usage: npm run bench:quality-network -- --data DIR [--set ${Object.keys(BARS).join("|")}]`,
  );
  process.exit(2);
}
const folder = options.data;
const numbers = (list: string): number[] => list.split(",").filter(Boolean).map(Number);
const recipe = {
  model: JSON.parse(options.model),
  training: JSON.parse(options.training),
  pretrainEpochs: Number(options.pretrain),
};

const packages = options.packages && createRequire(join(resolve(options.packages), "x.js"));
const started = await selectBackend(
  options.backend as BackendName,
  packages ? async (name) => packages(name) : undefined,
);
console.log(`backend ${started.backend} (${started.version}, ${started.device})`);
for (const name of names) await measure(name as SetName);

async function measure(name: SetName): Promise<void> {
  const rows = options.rows === undefined ? undefined : Number(options.rows);
  const set = await loadSet(name, { folder, folds: Number(options.folds), rows });
  const baseline = options.linear ? linearBaseline(set, options.python) : null;
  const verdicts: Verdict[] = [];
  if (baseline !== null) verdicts.push(await judge("scikit-learn, linear", set, baseline));
  const own: Verdict[] = [];
  for (const seed of numbers(options.seeds)) {
    const { probs, seconds, alone, note } = await crossValidate(set, seed, recipe);
    const verdict = await judge(`ALBERT seed ${seed}, ${note}`, set, { probs, seconds });
    own.push(verdict);
    verdicts.push(verdict);
    for (const [part, predictions] of Object.entries(alone)) {
      verdicts.push(await judge(`  its ${part} alone`, set, predictions));
    }
    for (const t of numbers(options.temperatures)) {
      const cooled = { probs: tempered(probs, t, set.classes), seconds };
      verdicts.push(await judge(`  at temperature ${t}`, set, cooled));
    }
  }
  print(set, verdicts, own);
}
