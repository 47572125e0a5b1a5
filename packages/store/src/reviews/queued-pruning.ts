import type { FileLayout } from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import { readLayout } from "../datasets/cells.js";
import { noPruning, refuseUnfinished } from "../prunings/prunings.js";

/** What a page of the queue needs to know of its pruning. */
export interface QueuedPruning {
  readonly pruning: number;
  readonly dataset: number;
  readonly run: number;
  /** Of the classes, by index. */
  readonly names: readonly string[];
  readonly layout: FileLayout | null;
  /** Rises with every undo of the dataset's reviews. */
  readonly undone: number;
}

/** Throws `pruning-not-found`, `pruning-not-finished`. One round trip: people wait for it. */
export async function queuedPruning(store: Store, id: string): Promise<QueuedPruning> {
  const { rows } = await poolOf(store).query<
    Omit<QueuedPruning, "layout"> & { state: string; layout: string | null }
  >({
    name: "queued-pruning",
    text: `SELECT p.key AS pruning, p.state, c.key AS run, d.key AS dataset, d.layout,
        ARRAY(SELECT name FROM classes WHERE dataset_id = d.id ORDER BY index) AS names,
        coalesce((SELECT max(undone_key) FROM review_actions
          WHERE dataset_id = d.id), 0)::float8 AS undone
      FROM prunings p JOIN cross_validations c ON c.id = p.cross_validation_id
      JOIN datasets d ON d.id = c.dataset_id WHERE p.id = $1`,
    values: [id],
  });
  const [found] = rows;
  if (!found) throw noPruning(id);
  refuseUnfinished(found.state);
  return { ...found, layout: readLayout(found.layout) };
}
