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
  /** The span of the request, where traces are on. */
  readonly traceParent?: string | undefined;
  /** The audit entry, without the id of the job. */
  readonly audit: Omit<NewAuditEntry, "resource">;
}

/**
 * Makes a pruning, with its job, task, outbox entry, event and audit entry. Requests that arrive
 * together share one statement, and with it one round trip and one flush to disk. Each has its own
 * answer: a fault of one does not affect the others. Throws what `createPruning` throws, and
 * `quota-exceeded` for an owner with `maxOpenJobs` open jobs.
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
  // One statement writes everything, so only a count needs a transaction around it.
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
    // A run was deleted in between, or Postgres refuses the data of one request. Run each alone, so
    // that only the faulty one fails.
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
  const planned = requests.map(({ params, ownerId, traceParent }) =>
    outcomeOf(() => {
      const datasetId = prunableDataset(runs.get(params.crossValidationId), params);
      if (quota && ownerId) {
        const count = quota.open.get(ownerId) ?? 0;
        if (count >= quota.most) throw jobsExceeded(count, quota.most);
        quota.open.set(ownerId, count + 1);
      }
      return pruningJob(datasetId, params, { ownerId, traceParent });
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

/**
 * Errors of data, integrity or deadlock: one request can cause them for all that share its
 * statement.
 */
const isOfData = (error: unknown): boolean =>
  error instanceof Error && "code" in error && /^(22|23|40)/.test(String(error.code));
