import { createHash } from "node:crypto";
import { transitionOf } from "@winnow/confident-learning";
import { type ComparedVersion, type Comparison, ComparisonParams } from "@winnow/contracts";
import { assignFolds } from "@winnow/corpus/folds";
import { foldOrder, hardTargets, type Targets, TextStore, textFeatures } from "@winnow/linear";
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
import { corrected, labelsWithGaps, predictions } from "./compared-models.js";
import type { CpuDeps, RunClaim } from "./cpu-deps.js";
import { chooseJudge, differenceOf, type Judge, testJudge } from "./judge.js";
import { reviewOrder } from "./review-order.js";
import { readPosterior } from "./second-targets.js";

/** Which version has the posterior. */
const SOFT = 3;

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
  const names = await classNames(store, claim.datasetId);
  const { testDatasetId = null } = params;
  const judge =
    testDatasetId === null
      ? chooseJudge({ labels, truth, decided, reviewed, flagged: order })
      : await testJudge(store, testDatasetId, { names, after: n, use: (text) => texts.add(text) });
  // Of a test dataset one model of a version predicts all rows; else each fold's own.
  const folds =
    testDatasetId === null
      ? assignFolds(labels, params.folds, params.seed)
      : new Uint8Array(texts.count).fill(1, n);
  const asked = testDatasetId === null ? Array.from(new Set(folds)).sort() : [1];
  const scratch = new ScratchFile(folderPath(deps.storageDir, "tokens"));
  try {
    const features = await textFeatures(texts, { order: foldOrder(folds), scratch });
    const points = truth === null ? [] : pointsOf(params.curve, n);
    const hasReviews = decided.some((one) => one === 1);
    const steps = (hasReviews ? 5 : 4) + 2 * points.length;
    let step = 0;
    const predict = async (targets: Targets): Promise<Int32Array> => {
      send({ type: "progress", phase: "fitting", step, steps });
      step += 1;
      return predictions(targets, { features, folds, asked, k });
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
    let original: Int32Array | null = null;
    const compared: ComparedVersion[] = [];
    for (const [version, targets] of versions) {
      const predicted = await predict(targets);
      original ??= predicted;
      compared.push(figuresOf(version, targets, predicted, original, judge, names));
    }
    const byFlagsFirst = points.length > 0 ? reviewOrder(order, labels, versions[SOFT]![1]) : [];
    const curve: NonNullable<Comparison["curve"]> = [];
    const random = inRandomOrder(n, params.seed);
    for (const { share, rows } of points) {
      const byFlags = await predict(corrected(labels, truth!, byFlagsFirst.slice(0, rows)));
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
      testDatasetId,
      judged: judge.rows.length,
      note: judge.note,
      versions: compared,
      curve: truth === null ? null : curve,
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

/** Points of the curve. */
const pointsOf = (shares: readonly number[], n: number) =>
  shares.map((share) => ({ share, rows: Math.round(share * n) }));

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
