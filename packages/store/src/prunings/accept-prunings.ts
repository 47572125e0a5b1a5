import type { Job, PruningParams } from "@winnow/contracts";
import type { NewAuditEntry } from "../access/audit.js";
import { countOpenJobs, jobsExceeded } from "../access/quotas.js";
import { poolOf, type Queryable, type Store, withTransaction } from "../database/client.js";
import { groupCalls, type Outcome } from "../database/group-calls.js";
import { viewOfNew } from "../queue/job-view.js";
import {
  insertPrunings,
  lockRuns,
  type PruningJob,
  prunableDataset,
  pruningJob,
  readRuns,
} from "./create-pruning.js";

export interface PruningRequest {
  readonly params: PruningParams;
  /** The API key whose job it is. */
  readonly ownerId: string | undefined;
  /** What the audit says of it, but for the id of the job. */
  readonly audit: Omit<NewAuditEntry, "resource">;
}

/**
 * Makes a pruning, with its job, task, outbox entry, event and row of the audit; requests that come
 * together share one statement, and with it its round trip and its flush to disk. Each still has
 * its own answer: what one lacks is no other's matter. Throws what `createPruning` throws, and
 * `quota-exceeded` for an owner with `maxOpenJobs` open ones.
 */
export function pruningAcceptor(
  store: Store,
  maxOpenJobs: number | undefined,
): (request: PruningRequest) => Promise<Job> {
  const inTransaction = (requests: readonly PruningRequest[]) =>
    withTransaction(store, async (tx) => {
      const runs = await lockRuns(tx, runIdsOf(requests));
      const owners = requests.flatMap(({ ownerId }) => ownerId ?? []);
      const open = maxOpenJobs === undefined ? null : await countOpenJobs(tx, owners);
      const quota = open && maxOpenJobs !== undefined ? { open, most: maxOpenJobs } : null;
      return acceptPrunings(tx, requests, runs, quota);
    });
  // One statement writes all there is, so that only a count has to be held still until then.
  const atOnce = async (requests: readonly PruningRequest[]) => {
    if (maxOpenJobs !== undefined) return inTransaction(requests);
    const runs = await readRuns(poolOf(store), runIdsOf(requests));
    return acceptPrunings(poolOf(store), requests, runs, null);
  };
  return groupCalls(async (requests) => {
    try {
      return await atOnce(requests);
    } catch (error) {
      if (!isOfData(error)) throw error;
    }
    // A run went away in between, or one brought what Postgres refuses: each by itself, so that it is
    // the only one.
    const outcomes: Outcome<Job>[] = [];
    for (const request of requests) {
      const alone = await inTransaction([request]).catch((error: unknown) => [{ error }]);
      outcomes.push(...alone);
    }
    return outcomes;
  });
}

const runIdsOf = (requests: readonly PruningRequest[]): string[] => [
  ...new Set(requests.map(({ params }) => params.crossValidationId)),
];

async function acceptPrunings(
  db: Queryable,
  requests: readonly PruningRequest[],
  runs: Awaited<ReturnType<typeof readRuns>>,
  quota: { readonly open: Map<string, number>; readonly most: number } | null,
): Promise<Outcome<Job>[]> {
  const planned = requests.map(({ params, ownerId }) =>
    outcomeOf(() => {
      const datasetId = prunableDataset(runs.get(params.crossValidationId), params);
      if (quota && ownerId) {
        const count = quota.open.get(ownerId) ?? 0;
        if (count >= quota.most) throw jobsExceeded(count, quota.most);
        quota.open.set(ownerId, count + 1);
      }
      return pruningJob(datasetId, params, { ownerId });
    }),
  );
  const made = planned.flatMap((plan, n) =>
    "value" in plan ? [{ job: plan.value, audit: requests[n]!.audit }] : [],
  );
  if (made.length === 0) return planned as Outcome<never>[];
  const createdAt = await insertPrunings(
    db,
    made.map(({ job }) => job),
    made.map(({ job, audit }) => ({ ...audit, resource: job.id })),
  );
  return planned.map((plan: Outcome<PruningJob>) =>
    "value" in plan ? { value: viewOfNew(plan.value, createdAt) } : plan,
  );
}

function outcomeOf<T>(make: () => T): Outcome<T> {
  try {
    return { value: make() };
  } catch (error) {
    return { error };
  }
}

/** Of data, of an integrity rule, of a deadlock: what a request can bring upon others. */
const isOfData = (error: unknown): boolean =>
  error instanceof Error && "code" in error && /^(22|23|40)/.test(String(error.code));
