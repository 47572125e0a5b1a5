import {
  isTerminal,
  JOB_TRANSITIONS,
  type JobKind,
  type JobState,
  TASK_TRANSITIONS,
  type TaskState,
} from "@winnow/contracts";
import { type Claim, type Store, writeDataset, writeFold, writePruning } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { retryOnOutage } from "@winnow/worker";
import { expect } from "vitest";
import { batchesOf, FOLD_METRICS, makeSamples, predictionsFor } from "../support/seed-data.js";
import type { Held, StateModel } from "./state-model.js";

export const ROWS = 12;
export const CLASSES = 3;

/** Notes every change of a state, also those in the middle of a transaction. */
export const WATCH_STATES = `
  CREATE TABLE seen_changes (id bigserial, job_id text, what text, was text, became text);
  CREATE INDEX ON seen_changes (job_id);
  CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO seen_changes (job_id, what, was, became) VALUES
      (CASE TG_TABLE_NAME WHEN 'jobs' THEN to_jsonb(NEW)->>'id'
         WHEN 'tasks' THEN to_jsonb(NEW)->>'job_id' END,
       TG_TABLE_NAME, OLD.state, NEW.state);
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_job AFTER UPDATE OF state ON jobs FOR EACH ROW EXECUTE FUNCTION note_change();
  CREATE TRIGGER note_task AFTER UPDATE OF state ON tasks FOR EACH ROW EXECUTE FUNCTION note_change();
  CREATE TRIGGER note_dataset AFTER UPDATE OF state ON datasets FOR EACH ROW EXECUTE FUNCTION note_change();
  CREATE TRIGGER note_run AFTER UPDATE OF state ON cross_validations FOR EACH ROW EXECUTE FUNCTION note_change();
  CREATE TRIGGER note_pruning AFTER UPDATE OF state ON prunings FOR EACH ROW EXECUTE FUNCTION note_change();
`;

interface Seen {
  state: JobState;
  kind: JobKind;
  resource: string;
  tasks: { state: TaskState; attempt: number; failures: number }[];
  /** Queued tasks that no outbox entry will bring to a queue. */
  undelivered: number;
  changes: [what: "jobs" | "tasks", was: string, became: string][];
}

/** The real job under the model: its rows in Postgres, and what must hold of them whatever happened. */
export class WatchedJob {
  id = "";
  taskIds: string[] = [];
  #given: Held[] = [];
  #left: { id: string; state: string }[] = [];

  constructor(readonly store: Store) {}

  /** Follows this job now; the previous one has ended and must not change. */
  async follow(id: string): Promise<void> {
    if (this.id !== "") this.#left.push({ id: this.id, state: (await this.#look()).state });
    const { rows } = await poolOf(this.store).query<{ id: string }>(
      "SELECT id FROM tasks WHERE job_id = $1 ORDER BY fold NULLS FIRST",
      [id],
    );
    this.id = id;
    this.taskIds = rows.map((row) => row.id);
  }

  give(held: Held): void {
    this.#given.push(held);
  }

  /** The claims that were given since the last time. */
  takeGiven(): Held[] {
    return this.#given.splice(0);
  }

  async deliveryOf(taskId: string): Promise<number> {
    const { rows } = await poolOf(this.store).query<{ delivery: number }>(
      "SELECT delivery FROM tasks WHERE id = $1",
      [taskId],
    );
    return rows[0]?.delivery ?? 0;
  }

  /** Writes what the task is to make and ends it, as its handler would. */
  async write(claim: Claim): Promise<void> {
    if (claim.kind === "dataset-ingest") {
      return writeDataset(this.store, claim, batchesOf(makeSamples(ROWS, CLASSES), CLASSES));
    }
    if (claim.kind === "fold-training") {
      const fold = claim.fold as number;
      const predictions = predictionsFor(fold, this.taskIds.length, ROWS, CLASSES);
      // A stale writer of the same fold may deadlock with this one; the child process retries.
      return retryOnOutage(() => writeFold(this.store, claim, predictions, FOLD_METRICS));
    }
    const report = {
      counts: {},
      thresholds: [],
      healthScore: 1,
      estimatedNoiseRate: 0,
      estimatedNoiseInterval: null,
      noise: null,
      truth: null,
      stability: null,
    };
    return writePruning(
      this.store,
      claim,
      [],
      { ...report, warnings: [] },
      {
        classes: [],
        confidentJoint: [[1]],
        joint: [[1]],
        trueJoint: null,
        perClass: [],
        pairs: [],
      },
    );
  }

  /** The one of the models that Postgres agrees with. */
  async oneOf(models: readonly StateModel[], after: string): Promise<StateModel> {
    const seen = await this.#look();
    const found = models.find((model) => statesOf(model) === statesOf(seen));
    const outcomes = models.map(statesOf).join(" or ");
    if (!found) throw new Error(`after ${after}: ${statesOf(seen)}, not ${outcomes}`);
    return found;
  }

  async checkAgainst(model: StateModel, after: string): Promise<void> {
    const seen = await this.#look();
    expect(statesOf(seen), `after ${after}`).toBe(statesOf(model));
    for (const [what, was, became] of seen.changes) {
      const legal: Readonly<Record<string, readonly string[]>> =
        what === "jobs" ? JOB_TRANSITIONS : TASK_TRANSITIONS;
      expect(legal[was], `after ${after}: a change of ${what} to ${became}`).toContain(became);
    }
    expect(seen.undelivered, `after ${after}: queued, but in no outbox`).toBe(0);
    if (isTerminal(seen.state)) {
      expect(
        seen.tasks.filter(({ state }) => !isTerminal(state)),
        `after ${after}`,
      ).toEqual([]);
    }
    const isUnderWay = !["ready", "failed"].includes(seen.resource);
    expect(isUnderWay, `after ${after}: what it makes is ${seen.resource}`).toBe(
      !isTerminal(seen.state),
    );
    expect(seen.resource === "ready", `after ${after}`).toBe(seen.state === "succeeded");
  }

  /** What holds at the end: jobs that were retried stay as they were; events tell every change. */
  async checkEnd(): Promise<void> {
    for (const { id, state } of this.#left) {
      const { rows } = await poolOf(this.store).query("SELECT state FROM jobs WHERE id = $1", [id]);
      expect(rows).toEqual([{ state }]);
    }
    const { rows } = await poolOf(this.store).query<{ told: string[]; changed: string[] }>(
      `SELECT ARRAY(SELECT data->>'state' FROM job_events WHERE job_id = $1 AND type = 'state'
         ORDER BY id) AS told,
       ARRAY(SELECT became FROM seen_changes WHERE job_id = $1 AND what = 'jobs' ORDER BY id)
         AS changed`,
      [this.id],
    );
    expect(rows[0]?.told).toEqual(["queued", ...(rows[0]?.changed ?? [])]);
  }

  async #look(): Promise<Seen> {
    const { rows } = await poolOf(this.store).query<Seen>(
      `SELECT j.state, j.kind, CASE j.kind
           WHEN 'dataset-ingest' THEN (SELECT state FROM datasets WHERE id = j.dataset_id)
           WHEN 'pruning' THEN (SELECT state FROM prunings WHERE id = j.pruning_id)
           ELSE (SELECT state FROM cross_validations WHERE id = j.cross_validation_id)
         END AS resource,
         (SELECT json_agg(json_build_object('state', t.state, 'attempt', t.attempt,
            'failures', t.failures) ORDER BY t.fold NULLS FIRST)
          FROM tasks t WHERE t.job_id = j.id) AS tasks,
         (SELECT count(*)::int FROM tasks t WHERE t.job_id = j.id AND t.state = 'queued' AND NOT
            EXISTS (SELECT 1 FROM outbox o WHERE o.task_id = t.id AND o.delivery = t.delivery))
           AS undelivered,
         (SELECT coalesce(json_agg(DISTINCT jsonb_build_array(c.what, c.was, c.became)), '[]')
          FROM seen_changes c WHERE c.job_id = j.id) AS changes
       FROM jobs j WHERE j.id = $1`,
      [this.id],
    );
    return rows[0]!;
  }
}

const statesOf = ({ state, tasks }: Pick<Seen, "state" | "tasks">): string =>
  [state, ...tasks.map((t) => `${t.state} at ${t.attempt}, ${t.failures} failed`)].join("; ");
