import type { Store } from "@winnow/store";
import { type SeededRun, seedRun, syntheticSamples } from "../service/seeded-run.js";

const ROWS = 60;
const CLASSES = 3;
const FOLDS = 2;

/** A finished cross-validation of two folds over a few samples. */
export const seedCrossValidation = (store: Store): Promise<SeededRun> =>
  seedRun(store, {
    folds: FOLDS,
    batches: syntheticSamples({
      rows: ROWS,
      classes: CLASSES,
      rowOf: (ordinal) => ({ text: `title ${ordinal}`, classIndex: ordinal % CLASSES }),
    }),
    predictions(fold) {
      const ordinals = Int32Array.from({ length: ROWS / FOLDS }, (_, i) => FOLDS * i + fold);
      return {
        fold,
        ordinals,
        labels: ordinals.map((ordinal) => ordinal % CLASSES),
        probs: new Float32Array(ordinals.length * CLASSES).fill(1 / CLASSES),
        classCount: CLASSES,
      };
    },
  });
