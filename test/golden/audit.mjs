// Holds the quick model, the two rounds, the pool and the order error_odds against recorded figures:
//   node test/golden/audit.mjs --audit DIR
// DIR holds *.json.gz cases, some with vectors of an encoder. Exit 0 only when every figure agrees.
// Run after `npm run build`.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import {
  arraySource,
  findLabelIssues,
  meanInto,
  POOL_SHARES,
  poolInto,
  softLabels,
  transitionOf,
  vectorShares,
} from "@winnow/confident-learning";
import {
  fitNaiveBayes,
  fitTemperature,
  foldOrder,
  Gaussian,
  hardTargets,
  logLoss,
  RIDGES,
  Standard,
  softTargets,
  temper,
  textFeatures,
  textsOf,
  vectorsOf,
} from "@winnow/linear";

const { values } = parseArgs({ options: { audit: { type: "string" } } });
const folder = values.audit;
if (folder === undefined) {
  console.error("Usage: npm run golden -- --audit DIR");
  process.exit(2);
}
const files = readdirSync(folder).filter((name) => name.endsWith(".json.gz"));
if (files.length === 0) {
  console.error(`There is no *.json.gz in ${folder}.`);
  process.exit(2);
}
let cases = 0;
let compared = 0;
let different = 0;
for (const file of files.sort()) {
  const golden = JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString());
  const result = await (golden.vectors === undefined ? checkCase : checkVectorCase)(golden);
  cases += 1;
  compared += result.compared;
  different += result.differences.length;
  console.log(
    `${golden.name}: ${result.compared} compared, ${result.differences.length} different`,
  );
  for (const line of result.differences) console.log(`  DIFFERENT ${line}`);
}
console.log(`${cases} cases, ${compared} figures compared, ${different} different`);
process.exit(different === 0 && cases > 0 ? 0 : 1);

/** Follows the recipe with its own numbers; the recorded temperatures are taken where said. */
async function checkCase(golden) {
  const { texts, folds, k } = golden;
  const labels = Int32Array.from(golden.labels);
  const result = { compared: 0, differences: [] };
  const near = nearOf(golden, result);

  const features = await textFeatures(textsOf(texts), { order: foldOrder(folds) });
  near("cjk", [Number(features.cjk)], 0, [Number(golden.cjk)]);
  near("features", [features.size], 0, [golden.features]);
  const row3 = features.at(features.placeOf(3));
  near(
    "row3",
    [...row3.values.slice(0, row3.count)].sort((a, b) => a - b),
    1e-6,
  );

  const scores = await naiveBayesScores(features, hardTargets(labels), golden);
  near("scores", scores, 1e-6);
  const quick = tempered(golden, near, scores, "temperature");
  near("quick", quick, 1e-6);

  const given = Float64Array.from(golden.given.flat());
  const teacher = new Float64Array(given.length);
  meanInto([given, quick], k, teacher);
  const { exactJoint, soft } = await softTargetsFrom(teacher, labels, k);
  near("teacherJointCL", exactJoint, 1e-6);
  near("softTargets", soft, 1e-6);
  const secondScores = await naiveBayesScores(features, softTargets(soft, k), golden);
  const second = tempered(golden, near, secondScores, "temperatureSecond");
  near("second", second, 1e-6);

  const pool = new Float64Array(given.length);
  const members = [
    { probs: given, share: POOL_SHARES.given },
    { probs: quick, share: POOL_SHARES.quick },
    { probs: second, share: POOL_SHARES.second },
  ];
  poolInto(members, k, pool);
  near("pool", pool, 1e-6);
  for (const [name, probs] of [
    ["pool", pool],
    ["quick", quick],
  ]) {
    const found = await inOrder(probs, labels, k);
    checkOrder(golden, near, name, found);
    near(`${name}T`, found.errorOdds.transition, 1e-6);
    near(`${name}Weight`, [found.errorOdds.weight], 1e-5, [golden[`${name}Weight`]]);
    near(`${name}JointCL`, found.exactJoint, 1e-6);
  }
  return result;
}

/** The two rounds with vectors. */
async function checkVectorCase(golden) {
  const { texts, folds, k, vectors } = golden;
  const labels = Int32Array.from(golden.labels);
  const result = { compared: 0, differences: [] };
  const near = nearOf(golden, result);

  const source = vectorsOf(Float64Array.from(vectors.flat()), vectors[0].length);
  const row3 = new Float64Array(source.d);
  (await Standard.of(source)).write(Float64Array.from(vectors[3]), 0, row3, 0, 1);
  near("standardRow3", row3, 1e-6);

  const features = await textFeatures(textsOf(texts), { order: foldOrder(folds) });
  const scores = await naiveBayesScores(features, hardTargets(labels), golden);
  const quickLoss = logLoss({ scores, labels, k }, fitTemperature({ scores, labels, k }));
  const quick = tempered(golden, near, scores, "temperature");
  near("quick", quick, 1e-6);

  const gaussian = await Gaussian.over({
    vectors: source,
    labels,
    k,
    folds: Uint8Array.from(folds),
  });
  const sums = await gaussian.learn(hardTargets(labels));
  const { ridge, losses } = await gaussian.chooseRidge(sums);
  near("lambdas", RIDGES, 0);
  near("lambdaLosses", losses, 1e-6);
  near("lambda_", [ridge], 0, [golden.lambda_]);
  const gaussScores = await wholeScores(gaussian, sums, ridge, texts.length * k);
  const gaussLoss = logLoss(
    { scores: gaussScores, labels, k },
    fitTemperature({ scores: gaussScores, labels, k }),
  );
  near("weight", [gaussLoss <= quickLoss ? 0.5 : 0.3], 0, [golden.weight]);
  const gauss = tempered(golden, near, gaussScores, "temperatureGauss");
  near("gauss", gauss, 1e-6);

  const teacher = new Float64Array(quick.length);
  meanInto([quick, gauss], k, teacher);
  const { soft } = await softTargetsFrom(teacher, labels, k);
  near("softTargets", soft, 1e-6);
  const secondScores = await naiveBayesScores(features, softTargets(soft, k), golden);
  const second = tempered(golden, near, secondScores, "temperatureSecond");
  near("second", second, 1e-6);
  const softSums = await gaussian.learn(softTargets(soft, k));
  const gaussSecondScores = await wholeScores(gaussian, softSums, ridge, texts.length * k);
  const gaussSecond = tempered(golden, near, gaussSecondScores, "temperatureGaussSecond");
  near("gaussSecond", gaussSecond, 1e-6);

  const pool = new Float64Array(quick.length);
  const shares = vectorShares(golden.weight);
  const members = [
    { probs: quick, share: shares.quick },
    { probs: gauss, share: shares.vectors },
    { probs: second, share: shares.second },
    { probs: gaussSecond, share: shares.vectorsSecond },
  ];
  poolInto(members, k, pool);
  near("pool", pool, 1e-6);
  checkOrder(golden, near, "pool", await inOrder(pool, labels, k));
  return result;
}

function nearOf(golden, result) {
  return (key, ours, tolerance, expected = golden[key]) =>
    compare(result, key, ours, expected, tolerance);
}

async function naiveBayesScores(features, targets, { texts, folds, k }) {
  const model = await fitNaiveBayes(features, { k, targets, folds });
  const z = new Float64Array(texts.length * k);
  for (let fold = 0; fold < model.folds; fold++) {
    await model.openFold(fold);
    for (const row of model.rowsOf(fold)) model.scoresInto(row, z.subarray(row * k, (row + 1) * k));
  }
  return z;
}

async function wholeScores(gaussian, sums, ridge, cells) {
  const all = new Float64Array(cells);
  for await (const { start, z } of gaussian.scores(sums, ridge)) all.set(z, start * sums.k);
  return all;
}

/** softmax(z / tau) at the recorded tau, once the one found here is held against it. */
function tempered(golden, near, z, key) {
  const { k } = golden;
  const found = fitTemperature({ scores: z, labels: golden.labels, k });
  near(key, [found / golden[key]], 1e-4, [1]);
  const probs = z.slice();
  temper(probs, k, golden[key]);
  return probs;
}

function inOrder(probs, labels, k) {
  return findLabelIssues(arraySource(labels, probs, k), {
    semantics: "cleanlab-2",
    method: "error_odds",
    errorOddsCut: -1e9,
    order: "error_odds",
    everyRow: true,
  });
}

function checkOrder(golden, near, name, { errorOdds, everyRow }) {
  near(`${name}Epsilon`, [errorOdds.epsilon], 1e-6, [golden[`${name}Epsilon`]]);
  near(`${name}Rho`, [errorOdds.asymmetry], 1e-6, [golden[`${name}Rho`]]);
  near(`${name}Order`, everyRow.errorOdds, 1e-5);
}

/** The calibrated joint of the teacher before rounding, and its posterior. */
async function softTargetsFrom(teacher, labels, k) {
  const source = arraySource(labels, teacher, k);
  const { exactJoint } = await findLabelIssues(source, { semantics: "cleanlab-2" });
  return { exactJoint, soft: await wholeSoftLabels(source, transitionOf(exactJoint, k), k) };
}

async function wholeSoftLabels(source, transition, k) {
  const all = new Float64Array(source.n * k);
  for await (const block of softLabels(source, transition, { top: k })) {
    block.classes.forEach((c, i) => {
      const row = block.start + Math.floor(i / k);
      all[row * k + c] = block.probabilities[i];
    });
  }
  return all;
}

function compare(result, key, ours, expected, tolerance) {
  const flat = expected.flat();
  result.compared += flat.length;
  if (ours.length !== flat.length) {
    result.differences.push(`${key}: ${ours.length} numbers, ${flat.length} expected`);
    return;
  }
  let worst = 0;
  let place = -1;
  flat.forEach((value, i) => {
    const off = Math.abs(ours[i] - value) / Math.max(1, Math.abs(value));
    if (off <= tolerance) return;
    if (off > worst || place < 0) place = i;
    worst = Math.max(worst, off);
  });
  if (place < 0) return;
  result.differences.push(`${key}[${place}]: ${ours[place]}, expected ${flat[place]}`);
}
