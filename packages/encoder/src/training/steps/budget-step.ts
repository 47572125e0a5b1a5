import { modelConfig } from "../../model/config.js";
import { initialWeights } from "../../model/parameters.js";
import { trainingPlan } from "../recipe/recipe.js";
import type { Counts } from "./shape-backend.js";
import { classCountsOf, createTargets } from "./targets.js";
import { initialState, Trainer } from "./trainer.js";

// For tests: a step of real size, which a counting backend is asked about.

const ROWS = 4 * 128;
const CLASSES = 428;
const VOCABULARY = 4500;
const LENGTH = 25;

/** Ids, segments, targets, shares and masks of a batch, and a few numbers. */
export const BATCH_BYTES = 4 * 128 * (4 * LENGTH + CLASSES + 1) + 1000;

/** What the last of four steps asked of the backend. */
export async function lastStep(
  counts: Counts,
  head: Parameters<typeof modelConfig>[0],
  training: Parameters<typeof trainingPlan>[0],
): Promise<Counts> {
  const config = modelConfig(head);
  const plan = trainingPlan({ batchSize: 128, ...training }, { rows: ROWS, classes: CLASSES });
  const labels = Int32Array.from({ length: ROWS }, (_, row) => row % CLASSES);
  const rows = Int32Array.from(labels.keys());
  const tokens = {
    ids: Int32Array.from({ length: ROWS * LENGTH }, (_, i) => 1 + (i % (VOCABULARY - 1))),
    offsets: Int32Array.from({ length: ROWS + 1 }, (_, row) => row * LENGTH),
  };
  const trainer = await Trainer.open(
    { config, plan, seed: 1, totalSteps: 4, engine: "eager" },
    initialState(initialWeights(config, VOCABULARY, CLASSES, 1), plan),
  );
  const targetsOf = createTargets({ labels }, classCountsOf(labels, rows, CLASSES), plan);
  let before = { ...counts };
  for (let step = 0; step < 4; step++) {
    before = { ...counts };
    await trainer.step(rows.subarray(128 * step, 128 * (step + 1)), tokens, targetsOf);
  }
  trainer.dispose();
  return {
    operations: counts.operations - before.operations,
    floatUploads: counts.floatUploads - before.floatUploads,
    uploadedBytes: counts.uploadedBytes - before.uploadedBytes,
  };
}
