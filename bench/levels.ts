// npm run bench:levels -- --data DIR [--rows 10000] [--rate 0.1] [--models quick,linear]
// Prediction of labels in two levels by three heads: flat; flat, where the parent with the largest sum
// is chosen first and then its child (summed); and a model of the parents with one of each parent's
// children (parent-first). On generated titles and on Toutiao titles under a tree made up for it, with
// noise between sisters, across parents, and both. Accuracy and estimated noise at both levels, and
// the average precision of the flags. The peer of a head is the flat one.
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import {
  arraySource,
  compareWithTruth,
  findLabelIssues,
  labelLevels,
  noiseAtLevel,
} from "@winnow/confident-learning";
import { type Head, linear, quick } from "./levels/models.js";
import {
  generatedTitles,
  NOISES,
  noisyLabels,
  type TreeSet,
  toutiaoTitles,
} from "./levels/sets.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    rows: { type: "string", default: "10000" },
    rate: { type: "string", default: "0.1" },
    models: { type: "string", default: "quick,linear" },
  },
});
if (options.data === undefined) {
  console.error("Usage: npm run bench:levels -- --data DIR");
  process.exit(2);
}
const MODELS = { quick, linear };
const HEADS = ["flat", "parent-first"] as const satisfies readonly Head[];

console.log(
  "set        noise   model   head          parents  classes  noise 1  noise 2  true 1  true 2   margin  posterior  odds",
);
for (const set of [generatedTitles(), await toutiaoTitles(options.data, Number(options.rows))]) {
  for (const noise of NOISES) {
    const labels = noisyLabels(set, noise, Number(options.rate));
    for (const name of options.models.split(",") as (keyof typeof MODELS)[]) {
      for (const head of HEADS) {
        const probs = await MODELS[name](set, labels, head);
        await report([set.name, noise, name], head, set, { labels, probs });
      }
    }
  }
}
console.log(`load ${loadavg()[0]!.toFixed(1)}`);

async function report(
  [name, noise, model]: readonly [string, string, string],
  head: Head,
  set: TreeSet,
  { labels, probs }: { readonly labels: Int32Array; readonly probs: Float64Array },
): Promise<void> {
  const { clean, names, parentOf } = set;
  const k = names.length;
  const issues = await findLabelIssues(arraySource(labels, probs, k), {
    order: "error_odds",
    everyRow: true,
  });
  const joint = Float64Array.from(issues.joint.flat());
  const estimated = labelLevels(names).map((level) => noiseAtLevel(joint, level).noise);
  const truth = [
    shareOf(labels, (label, row) => parentOf[label] !== parentOf[clean[row]!]),
    shareOf(labels, (label, row) => label !== clean[row]),
  ];
  const { averagePrecision } = compareWithTruth(issues, clean)!;
  const start = [name.padEnd(9), noise.padEnd(6), model.padEnd(6)];
  const rest = [
    ...[...estimated, ...truth],
    ...[
      averagePrecision.normalizedMargin!,
      averagePrecision.posterior!,
      averagePrecision.errorOdds!,
    ],
  ].map(f);
  for (const rule of head === "flat" ? (["flat", "summed"] as const) : ([head] as const)) {
    const chosen = clean.map((_, row) =>
      chosenOf(probs.subarray(row * k, (row + 1) * k), set, rule),
    );
    const accuracies = [
      shareOf(chosen, (one, row) => parentOf[one] === parentOf[clean[row]!]),
      shareOf(chosen, (one, row) => one === clean[row]),
    ].map(f);
    console.log([...start, rule.padEnd(12), ...accuracies, ...rest].join("  "));
  }
}

/** The likeliest class, or with summed parents the likeliest child of the likeliest parent. */
function chosenOf(own: Float64Array, { parentOf }: TreeSet, rule: Head | "summed"): number {
  if (rule !== "summed") return own.indexOf(Math.max(...own));
  const sums: number[] = [];
  own.forEach((p, k) => {
    sums[parentOf[k]!] = (sums[parentOf[k]!] ?? 0) + p;
  });
  const best = sums.indexOf(Math.max(...sums));
  const below = own.map((p, k) => (parentOf[k] === best ? p : -1));
  return below.indexOf(Math.max(...below));
}

function shareOf(labels: Int32Array, is: (label: number, row: number) => boolean): number {
  return labels.filter(is).length / labels.length;
}

function f(value: number): string {
  return value.toFixed(3).padStart(7);
}
