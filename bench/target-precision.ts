// npm run bench:target-precision -- --data DIR [--rows 10000] [--rates 0.1,0.2] [--reviewed 300]
// Whether the precision that targetPrecision promises is kept. Experiments of four seeds with the quick
// model inject symmetric and pair noise into Toutiao titles; 20 other seeds of the same noise are cut
// where it says, and their precision is compared with its interval. On noisyagnews, whose errors are
// people's, the experiment injects pair noise into the given labels, and rows at random are reviewed
// with the truth, 20 times. The peer is as many flags at random: the share of wrong labels.
import { parseArgs } from "node:util";
import {
  arraySource,
  findLabelIssues,
  type PrecisionStep,
  precisionCurve,
} from "@winnow/confident-learning";
import { assignFolds, injectNoise } from "@winnow/corpus";
import { quickModel, textsOf } from "@winnow/linear";
import { createRandom, shuffle } from "@winnow/numeric";
import { ScratchFile } from "@winnow/storage";
import { type TargetCut, targetCut } from "@winnow/store";
import { loadSet } from "./quality/sets.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    rows: { type: "string", default: "10000" },
    rates: { type: "string", default: "0.1,0.2" },
    reviewed: { type: "string", default: "300" },
  },
});
if (options.data === undefined) {
  console.error("Usage: npm run bench:target-precision -- --data DIR");
  process.exit(2);
}
const TARGETS = [0.8, 0.9];
const FOLDS = 10;
const EXPERIMENT_SEEDS = [1, 2, 3, 4];
const FRESH_SEEDS = Array.from({ length: 20 }, (_, i) => 101 + i);
const place = { folder: options.data, folds: FOLDS, rows: Number(options.rows) };

/** One noisy copy, by the quick model and the order error_odds. */
interface Scored {
  readonly odds: Float64Array;
  readonly wrong: readonly boolean[];
  readonly curve: readonly PrecisionStep[];
}

async function scored(
  texts: readonly string[],
  given: Int32Array,
  clean: Int32Array,
  k: number,
  seed: number,
): Promise<Scored> {
  const folds = assignFolds(given, FOLDS, seed);
  const scratch = [new ScratchFile(), new ScratchFile()] as const;
  try {
    const { source } = await quickModel({
      texts: textsOf(texts),
      labels: given,
      k,
      folds,
      scratch,
    });
    const probs = new Float64Array(given.length * k);
    for (const block of source.blocks()) probs.set(block.probs, block.start * k);
    const issues = await findLabelIssues(arraySource(given, probs, k), {
      order: "error_odds",
      everyRow: true,
    });
    return {
      odds: issues.everyRow!.errorOdds!,
      wrong: Array.from(given, (label, row) => label !== clean[row]),
      curve: precisionCurve(issues, clean, "error_odds")!,
    };
  } finally {
    for (const file of scratch) file.close();
  }
}

console.log(
  "set          noise      rate  target  promised (95 %)          inside  measured      peer",
);
const toutiao = await loadSet("toutiao-symmetric", place);
const names = Array.from({ length: toutiao.classes }, (_, k) => String(k));
for (const type of ["symmetric", "pair"] as const) {
  for (const rate of options.rates.split(",").map(Number)) {
    const noisy = (seed: number) => {
      const { labels } = injectNoise(toutiao.clean, names, { type, rate }, seed);
      return scored(toutiao.texts, labels, toutiao.clean, toutiao.classes, seed);
    };
    const curves: (readonly PrecisionStep[])[] = [];
    for (const seed of EXPERIMENT_SEEDS) curves.push((await noisy(seed)).curve);
    const cuts = TARGETS.map((target) => targetCut(curves, target));
    const fresh: Scored[] = [];
    for (const seed of FRESH_SEEDS) fresh.push(await noisy(seed));
    TARGETS.forEach((target, i) => {
      const found = fresh.map((one) => ({ one, cut: cuts[i]! }));
      report("toutiao", type, rate, target, found);
    });
  }
}

const news = await loadSet("noisyagnews", place);
const classes = Array.from({ length: news.classes }, (_, k) => String(k));
const own = await scored(news.texts, news.given, news.clean, news.classes, 1);
const curves: (readonly PrecisionStep[])[] = [];
for (const seed of EXPERIMENT_SEEDS) {
  const { labels } = injectNoise(news.given, classes, { type: "pair", rate: 0.2 }, seed);
  curves.push((await scored(news.texts, labels, news.given, news.classes, seed)).curve);
}
for (const target of TARGETS) {
  const alone = targetCut(curves, target);
  report("noisyagnews", "no reviews", 0.2, target, [{ one: own, cut: alone }]);
  const found = FRESH_SEEDS.map((seed) => {
    const rows = Array.from(own.wrong.keys());
    shuffle(createRandom(seed, "reviews"), rows);
    const reviews = rows
      .slice(0, Number(options.reviewed))
      .map((row) => ({ score: own.odds[row]!, wrong: own.wrong[row]! }));
    return { one: own, cut: targetCut(curves, target, { scores: own.odds, reviews }) };
  });
  report("noisyagnews", `${options.reviewed} rows`, 0.2, target, found);
}

function report(
  set: string,
  noise: string,
  rate: number,
  target: number,
  found: readonly { readonly one: Scored; readonly cut: TargetCut }[],
): void {
  const judged = found.filter(({ cut }) => cut.cut !== null);
  const measured = judged.map(({ one, cut }) => precisionAbove(one, cut.cut!));
  const inside = judged.filter(
    ({ cut }, i) => measured[i]! >= cut.low! && measured[i]! <= cut.high!,
  ).length;
  const mean = (of: (cut: TargetCut) => number | null) =>
    judged.reduce((sum, { cut }) => sum + of(cut)!, 0) / judged.length;
  const { wrong } = found[0]!.one;
  const peer = wrong.filter(Boolean).length / wrong.length;
  const span = judged.length > 0 ? [Math.min(...measured), Math.max(...measured)] : [];
  console.log(
    [
      set.padEnd(11),
      noise.padEnd(9),
      rate.toFixed(2),
      target.toFixed(2).padStart(6),
      ` ${f(mean((cut) => cut.expected))} (${f(mean((cut) => cut.low))} to ${f(mean((cut) => cut.high))})`,
      `${inside} of ${found.length}`.padStart(9),
      span.map(f).join(" to ").padStart(12),
      f(peer).padStart(6),
    ].join("  "),
  );
}

function precisionAbove({ odds, wrong }: Scored, cut: number): number {
  let [rows, hits] = [0, 0];
  odds.forEach((score, row) => {
    if (score < cut) return;
    rows += 1;
    hits += Number(wrong[row]);
  });
  return hits / rows;
}

function f(value: number): string {
  return value.toFixed(3);
}
