// npm run bench:quality -- --data DIR [--set NAME] [--seeds 1,2,3] [--backend wasm] [--folds 5]
// How good the flags are, from random weights with the default recipe: DIR holds
// noisyagnews/samples10000valMed.csv and toutiao_15class/toutiao_test_38270.txt. Prints, per set and
// seed, accuracy, flags and both average precisions of the recipe (network and linear part
// averaged) and of each of its two models alone; scikit-learn's linear model beside it comes from
// bench/linear_baseline.py where python3 has it. --model and --training take JSON
// ('{"head":{"wideBuckets":32768}}'), --pretrain N reads the texts N times before the folds,
// --temperatures 1.5,2 judges the recipe's probabilities to the power 1/T too, --rows N takes the
// first N rows only.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { arraySource, findLabelIssues } from "@winnow/confident-learning";
import { assignFolds } from "@winnow/corpus";
import {
  createTokenizer,
  learnVocabulary,
  modelConfig,
  pretrain,
  selectBackend,
  trainFold,
} from "@winnow/encoder";
import { fitSoftmaxRegression } from "@winnow/linear";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

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
    temperatures: { type: "string" },
    rows: { type: "string" },
    pretrain: { type: "string", default: "0" },
  },
  allowNegative: true,
});
if (options.data === undefined) {
  console.error(
    "Usage: npm run bench:quality -- --data DIR [--set noisyagnews|toutiao-symmetric|toutiao-pair]",
  );
  process.exit(2);
}

const BARS = {
  noisyagnews: { margin: 0.55, precision: 0.7, posterior: 0.63, beyond: 0.68 },
  "toutiao-symmetric": { margin: 0.82, precision: 0.64, posterior: 0.85, beyond: 0.9 },
  "toutiao-pair": { margin: 0.61, precision: 0.6, posterior: 0.65, beyond: 0.89 },
};

const packages = options.packages && createRequire(join(resolve(options.packages), "x.js"));
const started = await selectBackend(
  options.backend,
  packages ? async (name) => packages(name) : undefined,
);
console.log(`backend ${started.backend} (${started.version}, ${started.device})`);
for (const name of options.set ?? Object.keys(BARS)) await measure(name);

async function measure(name) {
  const set = loadSet(name);
  const linear = options.linear ? linearProbabilities(set) : null;
  const rows = [];
  if (linear !== null) rows.push(await judge("linear", set, linear.probs, linear.seconds));
  for (const seed of options.seeds.split(",").map(Number)) {
    const { probs, alone, seconds, note } = await crossValidate(set, seed);
    rows.push(await judge(`albert seed ${seed}${note}`, set, probs, seconds));
    for (const [part, own] of Object.entries(alone)) {
      rows.push(await judge(`  its ${part} alone`, set, own.probs, own.seconds));
    }
    for (const t of (options.temperatures ?? "").split(",").filter(Boolean).map(Number)) {
      rows.push(
        await judge(`  at temperature ${t}`, set, tempered(probs, t, set.classes), seconds),
      );
    }
  }
  print(name, set, rows);
}

/** Texts, given labels, true labels; folds are decided once, whatever the training seed. */
function loadSet(name) {
  const whole = name === "noisyagnews" ? loadNews() : loadToutiao(name);
  const first = ([key, column]) => [key, column.slice(0, Number(options.rows ?? column.length))];
  const set = Object.fromEntries(Object.entries(whole).map(first));
  const classes = Math.max(...set.clean) + 1;
  const folds = assignFolds(Int32Array.from(set.given), Number(options.folds), 1);
  return { name, ...set, classes, folds, given: Int32Array.from(set.given) };
}

function loadNews() {
  const text = readFileSync(join(options.data, "noisyagnews/samples10000valMed.csv"), "utf8");
  const [, ...rows] = parseCsv(text);
  return {
    given: rows.map((row) => Number(row[0])),
    clean: rows.map((row) => Number(row[1])),
    texts: rows.map((row) => row[2]),
  };
}

function loadToutiao(name) {
  const text = readFileSync(join(options.data, "toutiao_15class/toutiao_test_38270.txt"), "utf8");
  const rows = text
    .trim()
    .split("\n")
    .map((line) => line.split("_!_"));
  const clean = rows.map((row) => Number(row[1]));
  const random = xoroshiro128plus(20);
  const uniform = () => (random.next() >>> 0) / 2 ** 32;
  const given = clean.map((label) => {
    if (uniform() >= 0.2) return label;
    if (name === "toutiao-pair") return (label + 1) % 15;
    return (label + 1 + Math.floor(uniform() * 14)) % 15;
  });
  return { texts: rows.map((row) => row[0]), clean, given };
}

/** Trains every fold; takes the epoch with the lowest log loss over all folds together. */
async function crossValidate(set, seed) {
  const start = performance.now();
  const config = modelConfig(JSON.parse(options.model));
  const vocabulary = learnVocabulary(set.texts);
  const tokens = createTokenizer(vocabulary, { maxLength: config.maxLength }).encodeAll(set.texts);
  const byEpoch = new Map();
  const linear = new Float32Array(set.given.length * set.classes);
  let linearSeconds = 0;
  const epochs = Number(options.pretrain);
  const weights = epochs > 0 && (await pretrain({ config, vocabulary, tokens, seed, epochs }));
  for (let fold = 0; fold < Number(options.folds); fold++) {
    const all = Int32Array.from(set.given.keys());
    const testIndices = all.filter((row) => set.folds[row] === fold);
    const put = (into, probs) =>
      testIndices.forEach((row, i) => {
        const from = probs.subarray(i * set.classes, (i + 1) * set.classes);
        into.set(from, row * set.classes);
      });
    const data = {
      config,
      vocabularySize: vocabulary.tokens.length,
      classes: set.classes,
      tokens,
      labels: set.given,
      trainIndices: all.filter((row) => set.folds[row] !== fold),
      testIndices,
      seed: seed * 1000 + fold,
    };
    const { plan } = await trainFold({
      ...data,
      training: JSON.parse(options.training),
      fitLinearPart: fitSoftmaxRegression,
      ...(weights && { weights }),
      onHeldOut: (epoch, probs) => {
        if (!byEpoch.has(epoch)) byEpoch.set(epoch, new Float32Array(linear.length));
        put(byEpoch.get(epoch), probs);
      },
    });
    if (!plan.linearPart) continue;
    const before = performance.now();
    put(linear, await linearAlone(data, set.classes));
    linearSeconds += (performance.now() - before) / 1000;
  }
  let best;
  const losses = [];
  for (const [epoch, probs] of byEpoch) {
    let loss = 0;
    set.given.forEach((label, row) => {
      loss -= Math.log(Math.max(probs[row * set.classes + label], 1e-12));
    });
    losses.push((loss / set.given.length).toFixed(3));
    if (best === undefined || loss < best.loss) best = { epoch, probs, loss };
  }
  const seconds = (performance.now() - start) / 1000 - linearSeconds;
  // The recipe's mean, solved for the network.
  const network = best.probs.map((p, i) => Math.min(Math.max(2 * p - linear[i], 1e-9), 1));
  const alone = {
    network: { probs: network, seconds: seconds - linearSeconds },
    "linear part": { probs: linear, seconds: linearSeconds },
  };
  return {
    probs: best.probs,
    alone: linearSeconds > 0 ? alone : {},
    seconds,
    note: `, epoch ${best.epoch} of ${byEpoch.size} (${losses})`,
  };
}

/** The same linear part as in the recipe, fitted once more: its held-out probabilities. */
async function linearAlone(data, classes) {
  const targetsOf = (rows) => {
    const targets = new Float32Array(rows.length * classes);
    rows.forEach((row, b) => {
      targets[b * classes + data.labels[row]] = 1;
    });
    return { targets, shares: new Float32Array(rows.length).fill(1 / rows.length) };
  };
  const model = await fitSoftmaxRegression({ ...data, targetsOf });
  const own = new Float64Array(classes);
  const probs = new Float32Array(data.testIndices.length * classes);
  data.testIndices.forEach((row, i) => {
    model.probabilitiesInto(row, own);
    probs.set(own, i * classes);
  });
  return probs;
}

/** Rows to the power 1 / t, summing to 1 again. */
function tempered(probs, t, classes) {
  const powers = probs.map((p) => p ** (1 / t));
  for (let at = 0; at < powers.length; at += classes) {
    const row = powers.subarray(at, at + classes);
    const total = row.reduce((sum, p) => sum + p, 0);
    row.forEach((p, c) => {
      row[c] = p / total;
    });
  }
  return powers;
}

/** Accuracies, flags of prune_by_noise_rate, and both average precisions. */
async function judge(what, set, probs, seconds) {
  const { classes, given, clean } = set;
  const n = given.length;
  const wrong = given.map((label, row) => (label === clean[row] ? 0 : 1));
  const margins = new Float64Array(n);
  let right = 0;
  let rightClean = 0;
  for (let row = 0; row < n; row++) {
    let best = 0;
    let other = 0;
    for (let c = 0; c < classes; c++) {
      const p = probs[row * classes + c];
      if (p > probs[row * classes + best]) best = c;
      if (c !== given[row] && p > other) other = p;
    }
    margins[row] = probs[row * classes + given[row]] - other;
    if (best === given[row]) right++;
    if (best === clean[row]) rightClean++;
  }
  const source = arraySource(given, probs, classes);
  const flagged = await findLabelIssues(source);
  const hits = flagged.indices.reduce((sum, row) => sum + wrong[row], 0);
  const errors = wrong.reduce((sum, bit) => sum + bit, 0);
  const ranked = await findLabelIssues(source, {
    method: "posterior",
    posteriorCut: 0,
    order: "posterior",
  });
  const byMargin = Int32Array.from(margins.keys()).sort((a, b) => margins[a] - margins[b] || a - b);
  const precision = hits / flagged.indices.length;
  const recall = hits / errors;
  return {
    what,
    given: right / n,
    clean: rightClean / n,
    flags: flagged.indices.length,
    precision,
    recall,
    f1: (2 * precision * recall) / (precision + recall),
    margin: averagePrecision(byMargin, wrong, errors),
    posterior: averagePrecision(ranked.indices, wrong, errors),
    seconds,
  };
}

function averagePrecision(order, wrong, errors) {
  let found = 0;
  let total = 0;
  order.forEach((row, rank) => {
    if (wrong[row] === 0) return;
    found++;
    total += found / (rank + 1);
  });
  return total / errors;
}

function linearProbabilities(set) {
  const script = fileURLToPath(new URL("linear_baseline.py", import.meta.url));
  if (spawnSync(options.python, ["-c", "import sklearn"]).status !== 0) {
    console.log(
      `no linear baseline: ${options.python} has no scikit-learn (apt-get install python3-sklearn)`,
    );
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), "winnow-linear-"));
  try {
    const input = join(folder, "in.json");
    const output = join(folder, "out.f32");
    const { texts, given, folds, classes } = set;
    const characters = set.name.startsWith("toutiao");
    writeFileSync(
      input,
      JSON.stringify({ texts, given: [...given], folds: [...folds], classes, characters }),
    );
    const start = performance.now();
    execFileSync(options.python, [script, input, output], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const bytes = readFileSync(output);
    const probs = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice();
    return { probs, seconds: (performance.now() - start) / 1000 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function print(name, set, rows) {
  const errors = set.given.reduce((sum, label, row) => sum + (label === set.clean[row] ? 0 : 1), 0);
  console.log(
    `\n${name}: ${set.given.length} rows, ${((100 * errors) / set.given.length).toFixed(1)} % wrong`,
  );
  console.log(
    "given  clean   flags  prec.  recall  F1     AP margin  AP posterior  seconds  model",
  );
  const line = (row, label) =>
    console.log(
      `${f(row.given)}  ${f(row.clean)}  ${String(Math.round(row.flags)).padStart(6)}  ${f(row.precision)}  ${f(row.recall)}   ${f(row.f1)}  ${f(row.margin)}      ${f(row.posterior)}         ${row.seconds.toFixed(0).padStart(5)}    ${label}`,
    );
  for (const row of rows) line(row, row.what);
  const own = rows.filter((row) => row.what.startsWith("albert"));
  if (own.length === 0) return;
  const mean = Object.fromEntries(
    Object.keys(own[0]).map((key) => [
      key,
      own.reduce((sum, row) => sum + row[key], 0) / own.length,
    ]),
  );
  line(mean, "albert, mean of the seeds");
  const bars = BARS[name];
  const held = (value, bar) => `${f(value)} ${value >= bar ? ">=" : "BELOW"} ${bar}`;
  console.log(
    `bars: AP margin ${held(mean.margin, bars.margin)}, precision ${held(mean.precision, bars.precision)}, AP posterior ${held(mean.posterior, bars.posterior)} (beyond: ${bars.beyond})`,
  );
}

function f(value) {
  return value.toFixed(3);
}

/** Plain RFC 4180: quotes doubled, no escapes. */
function parseCsv(text) {
  const rows = [];
  let row = [];
  let field = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') field += text[++i];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ",") {
      row.push(field);
      field = "";
    } else if (c === "\n") {
      row.push(field.replace(/\r$/, ""));
      rows.push(row);
      row = [];
      field = "";
    } else field += c;
  }
  if (field !== "" || row.length > 0) rows.push([...row, field]);
  return rows;
}
