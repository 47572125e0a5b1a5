import { seedRun, syntheticSamples } from "../seeded-run.mjs";

const rows = 60;
const classes = 3;
const folds = 2;

/** A finished cross-validation of two folds over a few samples. */
export const seedCrossValidation = (store) =>
  seedRun(store, {
    folds,
    batches: syntheticSamples({
      rows,
      classes,
      rowOf: (ordinal) => ({ text: `title ${ordinal}`, classIndex: ordinal % classes }),
    }),
    predictions(fold) {
      const ordinals = Int32Array.from({ length: rows / folds }, (_, i) => folds * i + fold);
      return {
        fold,
        ordinals,
        labels: ordinals.map((ordinal) => ordinal % classes),
        probs: new Float32Array(ordinals.length * classes).fill(1 / classes),
        classCount: classes,
      };
    },
  });
