import { PruningParams } from "@winnow/contracts";
import { createPruning, type Store, withTransaction, writePruning } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { claim, seedRun, syntheticSamples } from "../service/seeded-run.js";

const FOLDS = 2;

export interface SeededPruning {
  readonly datasetId: string;
  readonly pruningId: string;
  /** Inserts as many rows into the table of reviews, of no dataset. */
  insertBare(): Promise<void>;
}

/** A dataset whose rows are all flagged, classes in turn. */
export async function seedPruning(
  store: Store,
  {
    flags,
    classes,
    joint = [[1]],
  }: {
    readonly flags: number;
    readonly classes: number;
    /** What the report says of all rows, (classes, classes). */
    readonly joint?: readonly (readonly number[])[];
  },
): Promise<SeededPruning> {
  const run = await seedRun(store, {
    folds: FOLDS,
    batches: syntheticSamples({
      rows: flags,
      classes,
      rowOf: (ordinal) => ({
        text: `a headline of usual length, the ${ordinal}th of all that there are`,
        classIndex: ordinal % classes,
      }),
    }),
    predictions(fold) {
      const ordinals = Int32Array.from({ length: flags / FOLDS }, (_, i) => FOLDS * i + fold);
      return {
        fold,
        ordinals,
        labels: ordinals.map((ordinal) => ordinal % classes),
        probs: new Float32Array(ordinals.length * classes).fill(1 / classes),
        classCount: classes,
      };
    },
  });
  const params = PruningParams.parse({ crossValidationId: run.crossValidationId });
  const jobId = await withTransaction(store, (tx) => createPruning(tx, params));
  const held = await claim(store, jobId, null);
  await writePruning(
    store,
    held,
    Array.from({ length: flags }, (_, rank) => ({
      rank,
      ordinal: rank,
      given: rank % classes,
      suggested: (rank + 1) % classes,
      fold: rank % FOLDS,
      selfConfidence: 0.1,
      normalizedMargin: -0.5,
      errorProbability: 1 - rank / flags,
      errorOdds: null,
      stability: null,
      suggestedProbability: 0.7,
      reason: { method: "prune_by_noise_rate" },
    })),
    {
      ...{
        counts: { rows: flags, flagged: flags },
        thresholds: [],
        healthScore: 0,
        estimatedNoiseRate: 1,
      },
      ...{ estimatedNoiseInterval: null, noise: null, truth: null, stability: null, warnings: [] },
    },
    {
      ...{ classes: joint.map((_, index) => `class ${index}`), trueJoint: null },
      ...{ perClass: [], pairs: [], confidentJoint: mutable(joint), joint: mutable(joint) },
    },
  );
  await poolOf(store).query("ANALYZE flags");
  return {
    datasetId: run.datasetId,
    pruningId: held.pruningId as string,
    async insertBare() {
      await poolOf(store).query(
        `INSERT INTO reviews (dataset_key, ordinal, action_key, verdict)
         SELECT -1, n, 0, 'keep' FROM generate_series(1, $1) n`,
        [flags],
      );
    },
  };
}

const mutable = (matrix: readonly (readonly number[])[]): number[][] =>
  matrix.map((row) => [...row]);
