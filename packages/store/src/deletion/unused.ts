import { AppError, type ErrorCode, type ResourceUser } from "@winnow/contracts";
import type { Queryable, Transaction } from "../database/client.js";
import { isLockTimeout } from "../database/partitions.js";

/** What can be deleted, in words and by the error where something works on it. */
export interface Deletable {
  readonly noun: string;
  readonly inUse: ErrorCode;
}

const LOCK_TIMEOUT = "5s";

/**
 * Does a deletion that waits for locks at most a few seconds. Throws the resource's error where
 * somebody holds one for longer.
 */
export async function withoutLongWaits<T>(
  { noun, inUse }: Deletable,
  tx: Transaction,
  work: () => Promise<T>,
): Promise<T> {
  try {
    await tx.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    return await work();
  } catch (error) {
    if (!isLockTimeout(error) && !isDeadlock(error)) throw error;
    const detail = `A download or backup is reading the ${noun}; try again later.`;
    throw new AppError(inUse, detail, { cause: error });
  }
}

const isDeadlock = (error: unknown): boolean => (error as { code?: string }).code === "40P01";

/** Refuses if an open job makes or reads one of these ids: a resource and all that goes with it. */
export async function assertNoOpenJob(
  db: Queryable,
  { noun, inUse }: Deletable,
  ids: readonly string[],
): Promise<void> {
  const { rows } = await db.query<ResourceUser>(
    `SELECT id, kind, state FROM jobs WHERE state IN ('queued', 'running', 'cancelling')
       AND (dataset_id = ANY($1) OR cross_validation_id = ANY($1) OR pruning_id = ANY($1)
         OR inputs && $1)
     ORDER BY id LIMIT $2`,
    [ids, MOST_NAMED + 1],
  );
  if (rows.length === 0) return;
  const named = rows.slice(0, MOST_NAMED).map(({ id, kind, state }) => `${id} (${kind}, ${state})`);
  const more = rows.length > MOST_NAMED ? " and others" : "";
  const [works, them] = rows.length === 1 ? ["The job", "it"] : ["The jobs", "them"];
  const verb = rows.length === 1 ? "uses" : "use";
  const end = rows.length === 1 ? "its" : "their";
  throw new AppError(
    inUse,
    `${works} ${named.join(", ")}${more} ${verb} the ${noun}; cancel ${them} or wait for ${end} end.`,
    { usedBy: rows.slice(0, MOST_NAMED) },
  );
}

/** Jobs that a refusal names. */
const MOST_NAMED = 20;
