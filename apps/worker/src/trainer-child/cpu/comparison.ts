import { createHash } from "node:crypto";
import { transitionOf } from "@winnow/confident-learning";
import { type ComparedVersion, type Comparison, ComparisonParams } from "@winnow/contracts";
import { assignFolds } from "@winnow/corpus";
import {
  fitNaiveBayes,
  foldOrder,
  hardTargets,
  type Targets,
  type TextFeatures,
  TextStore,
  textFeatures,
} from "@winnow/linear";
import { folderPath, ScratchFile } from "@winnow/storage";
import {
  classNames,
  proportion,
  readDecided,
  readFlagOrder,
  readLabelsAfter,
  readMatrices,
  readProbabilityBlocks,
  readTexts,
  readTrueLabels,
  succeedTask,
  withTransaction,
} from "@winnow/store";
import { retryOnOutage } from "../../tasks/outages.js";
import type { CpuDeps, RunClaim } from "./cpu-deps.js";
import { chooseJudge, differenceOf, type Judge } from "./judge.js";
import { readPosterior } from "./second-targets.js";

/**
 * Trains the quick model on each version of a dataset, with the same folds and features, and judges
 * all of them on the same rows, each by the fold's model that did not learn from it. A version that
 * leaves a row out learns nothing from it; the row is judged all the same. Throws `StaleClaimError`.
 */
export async function runComparison(claim: RunClaim, deps: CpuDeps): Promise<void> {
  const { store, send } = deps;
  const params = ComparisonParams.parse(claim.params);
  send({ type: "progress", phase: "preparing" });
  const texts = new TextStore();
  const { labels, classCount: k } = await readTexts(store, claim.datasetId, (text) =>
    texts.add(text),
  );
  const n = labels.length;
  const { pruningId } = params;
  const after = (split: "cleaned" | "relabelled", reviews: "follow" | "ignore") =>
    readLabelsAfter(store, pruningId, split, reviews);
  const decided = await readDecided(store, claim.datasetId, n);
  const reviewed = await readLabelsAfter(store, pruningId, "soft", "follow");
  const truth = await readTrueLabels(store, claim.datasetId);
  const order = await readFlagOrder(store, pruningId);
  const judge = chooseJudge({ labels, truth, decided, reviewed, flagged: order });
  const folds = assignFolds(labels, params.folds, params.seed);
  const scratch = new ScratchFile(folderPath(deps.storageDir, "tokens"));
  try {
    const features = await textFeatures(texts, { order: foldOrder(folds), scratch });
    const points = judge.kind === "true-labels" ? pointsOf(params.curve, n, order.length) : [];
    const hasReviews = decided.some((one) => one === 1);
    const steps = (hasReviews ? 5 : 4) + 2 * points.length;
    let step = 0;
    const predict = async (targets: Targets): Promise<Int32Array> => {
      send({ type: "progress", phase: "fitting", step, steps });
      step += 1;
      return predictions(features, targets, folds, { n, k });
    };
    const { posteriorJoint } = await readMatrices(store, pruningId);
    const source = {
      n,
      k,
      dtype: "float32" as const,
      blocks: () => readProbabilityBlocks(store, claim.crossValidationId, k),
    };
    const versions: [ComparedVersion["version"], Targets][] = [
      ["original", hardTargets(labels)],
      ["cleaned", labelsWithGaps(await after("cleaned", "ignore"))],
      ["relabelled", labelsWithGaps(await after("relabelled", "ignore"))],
      [
        "soft",
        await readPosterior(source, transitionOf(Float64Array.from(posteriorJoint!.flat()), k)),
      ],
    ];
    if (hasReviews) versions.push(["reviewed", labelsWithGaps(reviewed)]);
    const names = await classNames(store, claim.datasetId);
    let original: Int32Array | null = null;
    const compared: ComparedVersion[] = [];
    for (const [version, targets] of versions) {
      const predicted = await predict(targets);
      original ??= predicted;
      compared.push(figuresOf(version, targets, predicted, original, judge, names));
    }
    const curve: NonNullable<Comparison["curve"]> = [];
    const random = inRandomOrder(n, params.seed);
    for (const { share, rows } of points) {
      const byFlags = await predict(corrected(labels, truth!, order.slice(0, rows)));
      const atRandom = await predict(corrected(labels, truth!, random.slice(0, rows)));
      curve.push({
        share,
        reviewed: rows,
        byFlags: accuracyOf(byFlags, judge),
        atRandom: accuracyOf(atRandom, judge),
      });
    }
    const result: Comparison = {
      pruningId,
      crossValidationId: claim.crossValidationId,
      model: "quick",
      judge: judge.kind,
      judged: judge.rows.length,
      note: judge.note,
      versions: compared,
      curve: judge.kind === "true-labels" ? curve : null,
    };
    send({ type: "progress", phase: "writing", step: steps, steps });
    await retryOnOutage(() =>
      withTransaction(store, async (tx) => {
        await succeedTask(tx, claim, { steps, result: async () => ({ ...result }) });
      }),
    );
  } finally {
    scratch.close();
  }
}

/** The rows in an order that the seed alone decides. */
function inRandomOrder(n: number, seed: number): number[] {
  const places = Float64Array.from({ length: n }, (_, row) =>
    createHash("sha256").update(`review ${seed} ${row}`).digest().readUIntBE(0, 6),
  );
  return Array.from(places.keys()).sort((a, b) => places[a]! - places[b]! || a - b);
}

/** The class that each row's own fold predicts, (n). */
async function predictions(
  features: TextFeatures,
  targets: Targets,
  folds: Uint8Array,
  { n, k }: { n: number; k: number },
): Promise<Int32Array> {
  const model = await fitNaiveBayes(features, { k, targets, folds });
  const found = new Int32Array(n);
  const z = new Float64Array(k);
  for (let fold = 0; fold < model.folds; fold++) {
    await model.openFold(fold);
    for (const row of model.rowsOf(fold)) {
      model.scoresInto(row, z);
      let best = 0;
      for (let c = 1; c < k; c++) if (z[c]! > z[best]!) best = c;
      found[row] = best;
    }
  }
  return found;
}

/** Labels (n); -1: a row that teaches nothing. */
function labelsWithGaps(labels: Int32Array): Targets {
  return {
    count: labels.length,
    most: 1,
    read(row, classes, weights) {
      if (labels[row]! < 0) return 0;
      classes[0] = labels[row]!;
      weights[0] = 1;
      return 1;
    },
  };
}

/** The labels after a review of these rows that knows the truth, where it is known. */
function corrected(labels: Int32Array, truth: Int32Array, rows: readonly number[]): Targets {
  const after = labels.slice();
  for (const row of rows) if (truth[row]! >= 0) after[row] = truth[row]!;
  return hardTargets(after);
}

/** Points of the curve; no further than there are flags. */
const pointsOf = (shares: readonly number[], n: number, flags: number) =>
  shares
    .map((share) => ({ share, rows: Math.round(share * n) }))
    .filter(({ rows }) => rows <= flags);

function accuracyOf(predicted: Int32Array, { rows, labels }: Judge) {
  const right = rows.filter((row) => predicted[row] === labels[row]).length;
  const { estimate, low, high } = proportion(right, rows.length)!;
  return { estimate, low, high };
}

function figuresOf(
  version: ComparedVersion["version"],
  targets: Targets,
  predicted: Int32Array,
  original: Int32Array,
  judge: Judge,
  names: readonly string[],
): ComparedVersion {
  const learned = new Float64Array(names.length);
  const classes = new Uint16Array(targets.most);
  const weights = new Float64Array(targets.most);
  let rows = 0;
  for (let row = 0; row < targets.count; row++) {
    const count = targets.read(row, classes, weights);
    if (count > 0) rows += 1;
    for (let i = 0; i < count; i++) learned[classes[i]!]! += weights[i]!;
  }
  return {
    version,
    learned: rows,
    accuracy: accuracyOf(predicted, judge),
    difference: differenceOf(predicted, original, judge),
    classes: names.map((name, index) => {
      const own = judge.rows.filter((row) => judge.labels[row] === index);
      const accuracy = own.length > 0 ? accuracyOf(predicted, { ...judge, rows: own }) : null;
      return { name, judged: own.length, accuracy, learned: learned[index]! };
    }),
  };
}
