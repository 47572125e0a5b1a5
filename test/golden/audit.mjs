// Holds the quick model, the two rounds, the pool and the order error_odds against recorded figures:
//   node test/golden/audit.mjs --audit DIR
// DIR holds *.json.gz cases; those with vectors of an encoder are not offered. Exit 0 only when
// every figure agrees. Run after `npm run build`.
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
} from "@winnow/confident-learning";
import {
  fitNaiveBayes,
  fitTemperature,
  foldOrder,
  hardTargets,
  softTargets,
  temper,
  textFeatures,
  textsOf,
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
  if (golden.texts === undefined || golden.vectors !== undefined) {
    console.log(`${golden.name}: not offered, it has vectors of an encoder`);
    continue;
  }
  const result = await checkCase(golden);
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
  const near = (key, ours, tolerance, expected = golden[key]) =>
    compare(result, key, ours, expected, tolerance);

  const features = await textFeatures(textsOf(texts), { order: foldOrder(folds) });
  near("cjk", [Number(features.cjk)], 0, [Number(golden.cjk)]);
  near("features", [features.size], 0, [golden.features]);
  const row3 = features.at(features.placeOf(3));
  near(
    "row3",
    [...row3.values.slice(0, row3.count)].sort((a, b) => a - b),
    1e-6,
  );

  const scoresOf = async (targets) => {
    const model = await fitNaiveBayes(features, { k, targets, folds });
    const z = new Float64Array(texts.length * k);
    for (let fold = 0; fold < model.folds; fold++) {
      await model.openFold(fold);
      for (const row of model.rowsOf(fold)) {
        model.scoresInto(row, z.subarray(row * k, (row + 1) * k));
      }
    }
    return z;
  };
  const scores = await scoresOf(hardTargets(labels));
  near("scores", scores, 1e-6);
  const quick = tempered(scores, "temperature", 1e-4);
  near("quick", quick, 1e-6);

  const given = Float64Array.from(golden.given.flat());
  const teacher = new Float64Array(given.length);
  meanInto([given, quick], k, teacher);
  const source = arraySource(labels, teacher, k);
  const issues = await findLabelIssues(source, { semantics: "cleanlab-2" });
  near("teacherJointCL", issues.exactJoint, 1e-6);
  const soft = await wholeSoftLabels(source, transitionOf(issues.exactJoint, k), k);
  near("softTargets", soft, 1e-6);
  const second = tempered(await scoresOf(softTargets(soft, k)), "temperatureSecond", 1e-4);
  near("second", second, 1e-6);

  const pool = new Float64Array(given.length);
  const members = [
    { probs: given, share: POOL_SHARES.given },
    { probs: quick, share: POOL_SHARES.quick },
    { probs: second, share: POOL_SHARES.second },
  ];
  poolInto(members, k, pool);
  near("pool", pool, 1e-6);
  await checkOrder("pool", pool);
  await checkOrder("quick", quick);
  return result;

  /** softmax(z / tau) at the recorded tau, once the one found here is held against it. */
  function tempered(z, key, tolerance) {
    const found = fitTemperature({ scores: z, labels, k });
    near(key, [found / golden[key]], tolerance, [1]);
    const probs = z.slice();
    temper(probs, k, golden[key]);
    return probs;
  }

  async function checkOrder(name, probs) {
    const found = await findLabelIssues(arraySource(labels, probs, k), {
      semantics: "cleanlab-2",
      method: "error_odds",
      errorOddsCut: -1e9,
      order: "error_odds",
      everyRow: true,
    });
    const { epsilon, transition, asymmetry, weight } = found.errorOdds;
    near(`${name}Epsilon`, [epsilon], 1e-6, [golden[`${name}Epsilon`]]);
    near(`${name}T`, transition, 1e-6);
    near(`${name}Rho`, [asymmetry], 1e-6, [golden[`${name}Rho`]]);
    near(`${name}Weight`, [weight], 1e-5, [golden[`${name}Weight`]]);
    near(`${name}JointCL`, found.exactJoint, 1e-6);
    near(`${name}Order`, found.everyRow.errorOdds, 1e-5);
  }
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
