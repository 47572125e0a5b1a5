// Holds @winnow/confident-learning against recorded answers of cleanlab 1.0.1 and 2.9.0:
//   node test/golden/confident-learning.mjs --confident-learning DIR [--verbose]
// DIR holds *.json.gz cases. Exit 0 only when every compared key agrees. Run after `npm run build`.
// --cifar10 DIR checks the published CIFAR-10 experiment as well or instead.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import {
  arraySource,
  findLabelIssues,
  findMultiLabelIssues,
  labelQualityScores,
  latentEstimates,
  multiLabelArraySource,
  pruneCounts,
} from "@winnow/confident-learning";
import { checkCifar10 } from "./cifar10.mjs";

const { values } = parseArgs({
  options: {
    "confident-learning": { type: "string" },
    cifar10: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});
const { "confident-learning": folder, cifar10 } = values;
if (folder === undefined && cifar10 === undefined) {
  console.error("Usage: npm run golden -- --confident-learning DIR [--cifar10 DIR] [--verbose]");
  process.exit(2);
}
let different = 0;
if (folder !== undefined) different += await checkFolder(folder);
if (cifar10 !== undefined) different += await checkCifar10(cifar10);
process.exit(different === 0 ? 0 : 1);

/** Checks every case in a folder, prints what it finds, returns how many keys differ. */
async function checkFolder(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json.gz"));
  if (files.length === 0) {
    console.error(`There is no *.json.gz in ${folder}.`);
    process.exit(2);
  }
  let compared = 0;
  let different = 0;
  for (const file of files.sort()) {
    const golden = JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString());
    const result = await checkCase(golden);
    compared += result.compared;
    different += result.differences.length;
    const skipped = result.skipped.length > 0 ? `, not offered: ${result.skipped.length}` : "";
    console.log(
      `${golden.name}: ${result.compared} compared, ${result.differences.length} different${skipped}`,
    );
    for (const line of result.differences) console.log(`  DIFFERENT ${line}`);
    if (values.verbose) for (const key of result.skipped) console.log(`  not offered ${key}`);
  }
  console.log(`${files.length} cases, ${compared} keys compared, ${different} different`);
  return different;
}

async function checkCase(golden) {
  const result = { compared: 0, differences: [], skipped: [] };
  const input = readInput(golden);
  for (const version of ["v1", "v2"]) {
    const answers = { ...golden[version], ...golden[`${version}_stable`] };
    const newer = { ...golden.v2, ...golden.v2_stable };
    for (const key of Object.keys(answers)) {
      const followsV2 = version === "v1" && input.classAbsent && key !== "baseline_argmax";
      const asked = followsV2 ? answerOfV2(key) : key;
      const expected = followsV2 ? newer[asked] : answers[key];
      const ours = golden.multi_label
        ? await multiLabelAnswer(input, version, asked)
        : await answer(input, version, asked);
      if (ours === undefined) {
        result.skipped.push(`${version} ${key}`);
        continue;
      }
      result.compared += 1;
      // the reference raised and its successor has no such answer: enough that ours has one
      if (expected === undefined) continue;
      const fault = compare(ours, expected, input.tolerance, key);
      if (fault !== undefined) result.differences.push(`${version} ${key}: ${fault}`);
    }
  }
  return result;
}

/** 1.0.1 raises on an absent class; there its answer is that of cleanlab 2 under this key. */
function answerOfV2(key) {
  if (key === "num_label_errors") return "num_label_issues/off_diagonal_calibrated";
  return key.replace("/n_jobs=2", "").replace("prob_given_label", "self_confidence");
}

function readInput(golden) {
  const bytes = Buffer.from(golden.pred_probs.base64, "base64");
  const copy = new Uint8Array(bytes).buffer;
  const single = golden.pred_probs.dtype === "float32";
  const probs = single ? new Float32Array(copy) : new Float64Array(copy);
  return {
    golden,
    probs,
    labels: golden.labels,
    classAbsent: new Set(golden.labels.flat()).size < golden.k,
    k: golden.k,
    n: golden.n,
    tolerance: single ? 1e-5 : 1e-9,
    answers: new Map(),
  };
}

/** One call of the library, kept for the other keys of the same call. */
function issuesOf(input, options) {
  const name = JSON.stringify(options);
  let found = input.answers.get(name);
  if (found === undefined) {
    found = findLabelIssues(arraySource(input.labels, input.probs, input.k), options);
    input.answers.set(name, found);
  }
  return found;
}

async function answer(input, version, key) {
  const first = version === "v1";
  const semantics = first ? "cleanlab-1.0.1" : "cleanlab-2";
  const base = { semantics, order: "none", precision: "source" };
  const plain = await issuesOf(input, { ...base, method: "confident_learning" });
  const joint = plain.confidentJoint.flat();
  const rules = input.classAbsent ? "cleanlab-2" : semantics;
  const [head, method, tail] = key.split("/");
  switch (head) {
    case "thresholds":
      return [...plain.thresholds];
    case "confident_joint_raw":
      return plain.confidentJointRaw;
    case "confident_joint":
      return plain.confidentJoint;
    case "joint":
      return plain.joint;
    case "off_diagonal_indices":
      return [...plain.offDiagonalRows];
    case "num_label_errors":
      return Math.floor(plain.noiseRate * input.n);
    case "num_label_issues":
      return method === "off_diagonal"
        ? plain.counts.labelIssues
        : plain.counts.calibratedOffDiagonal;
    case "latent": {
      const latent = latentEstimates(joint, plain.classCounts, input.n, rules);
      return {
        py: latent.prior,
        noise_matrix: latent.noiseMatrix,
        inverse_noise_matrix: latent.inverseNoiseMatrix,
      };
    }
    case "prune_count_matrix":
      return rows(
        pruneCounts(joint, plain.classCounts, {
          keepAtLeast: rules === "cleanlab-2" ? 1 : 5,
          fracNoise: 1,
        }),
        input.k,
      );
    case "issues": {
      const options = { ...base, method, ...issueOptions(tail, input) };
      return [...(await issuesOf(input, options)).indices];
    }
    case "ranked":
      return ranked(input, tail, await issuesOf(input, { ...base, method, order: tail }));
    case "baseline_argmax":
      return [...(await issuesOf(input, { ...base, method: "argmax" })).indices];
    case "baseline_argmax_confusion_matrix":
      return [...(await issuesOf(input, { ...base, method: "confusion" })).indices];
    case "baseline_argmax_calibrated_confusion_matrix":
      return [...(await issuesOf(input, { ...base, method: "calibrated_confusion" })).indices];
    case "scores":
      return [
        ...(await labelQualityScores(arraySource(input.labels, input.probs, input.k), {
          score: method,
          adjust: tail === "adjust",
        })),
      ];
    case "health_summary":
      return health(plain.health);
    default:
      return undefined;
  }
}

function issueOptions(tail, input) {
  if (tail === undefined) return {};
  const [name, value] = tail.split("=");
  if (name === "n_jobs") return { precision: "float32" };
  if (name === "frac_noise") return { fracNoise: Number(value) };
  if (name === "min_examples_per_class") return { keepAtLeastPerClass: Number(value) };
  if (name === "num_to_remove")
    return { numToRemovePerClass: input.golden.num_to_remove_per_class };
  throw new Error(`unknown variant ${tail}`);
}

async function ranked(input, order, issues) {
  const source = arraySource(input.labels, input.probs, input.k);
  const entropy = order === "confidence_weighted_entropy";
  const scores = entropy ? await labelQualityScores(source, { score: order }) : undefined;
  return { ranked: [...issues.indices], scores };
}

function health(summary) {
  return {
    overall_label_health_score: summary.overall,
    classes_by_label_quality: summary.classes.map((c) => ({
      "Class Index": c.class,
      "Label Issues": c.issues,
      "Inverse Label Issues": c.inverseIssues,
      "Label Noise": c.noise,
      "Inverse Label Noise": c.inverseNoise,
      "Label Quality Score": c.quality,
    })),
    pairs: summary.pairs,
  };
}

/** One-vs-rest as cleanlab 2 does it; 1.0.1's multi-label joint is not offered. */
async function multiLabelAnswer(input, version, key) {
  if (version === "v1") return undefined;
  const [head, method] = key.split("/");
  const source = multiLabelArraySource(input.labels, input.probs, input.k);
  const found = await findMultiLabelIssues(source, {
    order: "none",
    method: head.startsWith("issues") ? method : "prune_by_noise_rate",
    ...(head === "scores" && { score: method }),
  });
  switch (head) {
    case "thresholds":
      return found.classes.map((issues) => [...issues.thresholds]);
    case "confident_joint":
      return found.classes.map((issues) => issues.confidentJoint);
    case "joint":
      return found.classes.map((issues) => issues.joint);
    case "issues":
      return [...found.indices];
    case "issues_per_class":
      return found.classes.map((issues) => [...issues.indices]);
    case "scores":
      return [...found.scores];
    default:
      return undefined;
  }
}

function rows(flat, k) {
  return Array.from({ length: k }, (_, row) => [...flat.slice(row * k, (row + 1) * k)]);
}

/** What differs between ours and the recorded answer, or undefined. */
function compare(ours, expected, tolerance, key) {
  if (ours !== null && typeof ours === "object" && "ranked" in ours) {
    return compareRanked(ours, expected, tolerance, key);
  }
  if (key === "health_summary") return compareHealth(ours, expected, tolerance);
  if (/^(issues|baseline|off_diagonal|confident_joint|num_label)/.test(key)) {
    return compareExactly(ours, expected);
  }
  return compareClosely(ours, expected, tolerance, key);
}

/** Exactly; or, for the entropy's logarithms, the same rows with scores that never fall. */
function compareRanked(ours, expected, tolerance, key) {
  const fault = compareExactly(ours.ranked, expected);
  if (fault === undefined || ours.scores === undefined || !key.endsWith("entropy")) return fault;
  const sets = [ours.ranked, expected].map((rows) => [...rows].sort((a, b) => a - b));
  if (compareExactly(sets[0], sets[1]) !== undefined) return fault;
  for (const [i, row] of expected.entries()) {
    const before = i === 0 ? row : expected[i - 1];
    if (ours.scores[row] < ours.scores[before] * (1 - tolerance)) return fault;
  }
  return undefined;
}

/** The reference orders equal pairs as its sort happens to; ours leaves out pairs that never meet. */
function compareHealth(ours, expected, tolerance) {
  const { overlapping_classes: theirs, ...rest } = expected;
  const fault = compareClosely(ours, rest, tolerance, "health_summary");
  if (fault !== undefined) return fault;
  for (const [i, pair] of theirs.entries()) {
    const [a, b, size] = [pair["Class Index A"], pair["Class Index B"], pair["Joint Probability"]];
    const atPlace = ours.pairs[i]?.joint ?? 0;
    const same = ours.pairs.find((p) => p.a === a && p.b === b);
    const found = { atPlace, joint: same?.joint ?? 0, rows: same?.rows ?? 0 };
    const wanted = { atPlace: size, joint: size, rows: pair["Num Overlapping Examples"] };
    const wrong = compareClosely(found, wanted, tolerance, `pair ${a}, ${b}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function compareExactly(ours, expected) {
  const a = JSON.stringify(ours);
  const b = JSON.stringify(expected);
  if (a === b) return undefined;
  return `${a.slice(0, 160)} expected ${b.slice(0, 160)}`;
}

function compareClosely(ours, expected, tolerance, path) {
  if (expected === "nan") return Number.isNaN(ours) ? undefined : `${path}: ${ours} expected NaN`;
  if (typeof expected === "number") {
    const close = Math.abs(ours - expected) <= tolerance * Math.abs(expected) + 1e-12;
    return close ? undefined : `${path}: ${ours} expected ${expected}`;
  }
  if (Array.isArray(expected)) {
    if (ours?.length !== expected.length)
      return `${path}: ${ours?.length} entries, expected ${expected.length}`;
    for (const [i, value] of expected.entries()) {
      const fault = compareClosely(ours[i], value, tolerance, `${path}[${i}]`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  for (const name of Object.keys(expected)) {
    const fault = compareClosely(ours[name], expected[name], tolerance, `${path}.${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
