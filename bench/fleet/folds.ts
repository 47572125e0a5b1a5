import { FoldTrainingParams } from "@winnow/contracts";
import {
  type Claim,
  createFoldTraining,
  type Store,
  withTransaction,
  type writeFold,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { seedDataset, syntheticSamples } from "../service/seeded-run.js";

export const FOLDS = 10;
const ROWS = 200;
const CLASSES = 2;

/** A small dataset: what a fold writes shall not be what is measured. */
export const seedRows = (store: Store): Promise<string> =>
  seedDataset(
    store,
    syntheticSamples({
      rows: ROWS,
      classes: CLASSES,
      rowOf: (ordinal) => ({ text: `text ${ordinal}`, classIndex: ordinal % CLASSES }),
    }),
  );

/** Queues jobs of ten folds each. */
export async function postFolds(store: Store, datasetId: string, folds: number): Promise<void> {
  const params = FoldTrainingParams.parse({
    datasetId,
    folds: FOLDS,
    training: { epochChoice: "last" },
  });
  for (let posted = 0; posted < folds; posted += FOLDS) {
    await withTransaction(store, (tx) => createFoldTraining(tx, params));
  }
}

/** What a fold's training would write: every tenth row. */
export function foldRows({ fold }: Claim): Parameters<typeof writeFold>[2] {
  if (fold === null) throw new Error("the task has no fold");
  const ordinals = Int32Array.from({ length: ROWS / FOLDS }, (_, i) => i * FOLDS + fold);
  return {
    fold,
    ordinals,
    labels: Int32Array.from(ordinals, (ordinal) => ordinal % CLASSES),
    probs: new Float32Array(ordinals.length * CLASSES).fill(1 / CLASSES),
    classCount: CLASSES,
  };
}

/**
 * Has Postgres itself keep every change of a task's state: what the service says of itself would not show a fold
 * that ended twice.
 */
export async function watchTasks(store: Store): Promise<void> {
  await poolOf(store).query(`
    CREATE TABLE fleet_changes (task_id text, state text, attempt int, at timestamptz, queued_at timestamptz);
    CREATE FUNCTION fleet_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO fleet_changes VALUES (NEW.id, NEW.state, NEW.attempt, clock_timestamp(), NEW.created_at);
      RETURN NULL;
    END $$;
    CREATE TRIGGER fleet_note AFTER UPDATE OF state ON tasks FOR EACH ROW EXECUTE FUNCTION fleet_note()`);
}

export interface Outcome {
  readonly folds: number;
  readonly succeeded: number;
  /** Queued or running when the bench gave up waiting. */
  readonly open: number;
  /** Folds whose task ended in success more than once. */
  readonly doubled: number;
  /** Attempts that did not end in success. */
  readonly interrupted: number;
  /** Cross-validations without exactly the rows of their dataset. */
  readonly wrongRows: number;
  readonly unsent: number;
}

/** How many have not ended. */
export async function openFolds(store: Store): Promise<number> {
  const { rows } = await poolOf(store).query<{ open: number }>(
    "SELECT count(*)::int AS open FROM tasks WHERE state IN ('queued', 'running')",
  );
  return rows[0]!.open;
}

/** What has become of all folds, counted from the rows. */
export async function outcomeOf(store: Store): Promise<Outcome> {
  const { rows } = await poolOf(store).query<Outcome>(
    `SELECT count(*)::int AS folds, count(*) FILTER (WHERE state = 'succeeded')::int AS succeeded,
       count(*) FILTER (WHERE state IN ('queued', 'running'))::int AS open,
       (sum(attempt) - count(*) FILTER (WHERE state = 'succeeded'))::int AS interrupted,
       (SELECT count(*)::int FROM (SELECT FROM fleet_changes WHERE state = 'succeeded'
         GROUP BY task_id HAVING count(*) > 1) d) AS doubled,
       (SELECT count(*)::int FROM cross_validations v WHERE ${ROWS} IS DISTINCT FROM
         (SELECT count(*) FROM fold_probabilities p WHERE p.cross_validation_key = v.key)) AS "wrongRows",
       (SELECT count(*)::int FROM outbox WHERE sent_at IS NULL) AS unsent
     FROM tasks WHERE fold IS NOT NULL`,
  );
  return rows[0]!;
}

/** Milliseconds from a fold's POST to its first claim, sorted; only of folds posted after `since`. */
export async function queueWaits(store: Store, since: Date): Promise<number[]> {
  const { rows } = await poolOf(store).query<{ ms: number }>(
    `SELECT extract(epoch FROM min(at) - min(queued_at))::float8 * 1000 AS ms FROM fleet_changes
     WHERE state = 'running' AND queued_at >= $1 GROUP BY task_id ORDER BY ms`,
    [since],
  );
  return rows.map(({ ms }) => ms);
}
