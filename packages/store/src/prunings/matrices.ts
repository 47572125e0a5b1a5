import type { Joint, PruningClass, PruningPair } from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import { streamQuery } from "../database/stream-query.js";
import { wilson } from "../intervals/wilson.js";
import { readyPruning } from "./prunings.js";

/** The rows with scores from this one up to that of the step before. */
export interface TruthStep {
  readonly score: number;
  readonly rows: number;
  readonly wrong: number;
}

/** Its interval follows from it. */
type StoredClass = Omit<PruningClass, "labelNoiseInterval">;

/** The stored matrices and tables of a pruning. Of many classes they are megabytes. */
export interface PruningMatrices extends Joint {
  readonly perClass: readonly StoredClass[];
  readonly pairs: readonly PruningPair[];
  /** The calibrated joint of cleanlab-2, from which the posterior is computed; K x K. */
  readonly posteriorJoint?: readonly (readonly number[])[];
  /** Where the true labels are known: how many rows of the highest scores are wrong. */
  readonly truthCurve?: readonly TruthStep[] | undefined;
  /** The version that pruned; earlier ones did not say. */
  readonly winnow?: string | undefined;
}

/** Throws `pruning-not-found`, `pruning-not-finished`. */
export async function readMatrices(store: Store, id: string): Promise<PruningMatrices> {
  const matrices = await readPart<PruningMatrices>(store, id, "matrices");
  return {
    ...matrices,
    trueJoint: matrices.trueJoint ?? null,
    perClass: matrices.perClass.map(withTruth),
  };
}

/** The version that pruned; null: an earlier one. Throws `pruning-not-found`, `pruning-not-finished`. */
export const readPrunedBy = (store: Store, id: string): Promise<string | null> =>
  readPart(store, id, "matrices->>'winnow'");

/** The noise of each class, worst first. Throws `pruning-not-found`, `pruning-not-finished`. */
export async function readClassNoise(store: Store, id: string): Promise<PruningClass[]> {
  const stored = await readPart<StoredClass[]>(store, id, "matrices->'perClass'");
  return stored.map((one) => {
    const { low, high } = wilson(one.labelNoise, one.given);
    return { ...withTruth(one), labelNoiseInterval: { low, high } };
  });
}

/** Pairs of overlapping classes. Throws `pruning-not-found`, `pruning-not-finished`. */
export const readClassPairs = (store: Store, id: string): Promise<PruningPair[]> =>
  readPart(store, id, "matrices->'pairs'");

const MATRICES = ["confidentJoint", "joint", "trueJoint"] as const;

/**
 * The `Joint` of a pruning as JSON, row by row: of 1,500 classes it has a hundred megabytes. Throws
 * `pruning-not-found`, `pruning-not-finished` before the first row.
 */
export async function streamJoint(store: Store, id: string): Promise<AsyncIterable<string>> {
  const classes = await readPart<string[]>(store, id, "matrices->'classes'");
  return jointText(store, id, classes);
}

async function* jointText(
  store: Store,
  id: string,
  classes: readonly string[],
): AsyncGenerator<string> {
  yield `{"classes":${JSON.stringify(classes)}`;
  for (const name of MATRICES) {
    yield `,"${name}":`;
    let before = "[";
    for await (const { row } of streamQuery<{ row: string }>(store, {
      // A matrix that the pruning does not have is null, or was not known when it was made.
      text: `SELECT one::text AS row FROM prunings, jsonb_array_elements(
          CASE jsonb_typeof(matrices->$2) WHEN 'array' THEN matrices->$2 END) AS one
        WHERE id = $1`,
      values: [id, name],
      batchRows: 20,
    })) {
      yield before + row;
      before = ",";
    }
    yield before === "[" ? "null" : "]";
  }
  yield "}";
}

/** Reports and matrices of earlier versions lack what was added since; it reads as null. */
const withTruth = (one: StoredClass): StoredClass => ({
  ...{ trueLabelNoise: null, trueInverseLabelNoise: null },
  ...one,
});

async function readPart<T>(store: Store, id: string, part: string): Promise<T> {
  await readyPruning(store, id);
  const { rows } = await poolOf(store).query<{ part: T }>(
    `SELECT ${part} AS part FROM prunings WHERE id = $1`,
    [id],
  );
  // Deleted meanwhile.
  if (!rows[0]) await readyPruning(store, id);
  return rows[0]!.part;
}
