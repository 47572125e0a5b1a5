import type { Job, PruningParams } from "@winnow/contracts";
import { type NewAuditEntry, recordAudit } from "./audit.js";
import { type Store, type Transaction, withTransaction } from "./client.js";
import {
  insertPrunings,
  lockRuns,
  type PruningJob,
  prunableDataset,
  pruningJob,
} from "./create-pruning.js";
import { groupCalls, type Outcome } from "./group-calls.js";
import { viewOfNew } from "./job-view.js";
import { countOpenJobs, jobsExceeded } from "./quotas.js";

export interface PruningRequest {
  readonly params: PruningParams;
  /** The API key whose job it is. */
  readonly ownerId: string | undefined;
  /** What the audit says of it, but for the id of the job. */
  readonly audit: Omit<NewAuditEntry, "resource">;
}

/**
 * Makes a pruning, with its job, task, outbox entry, event and row of the audit; requests that come
 * together share one transaction, and with it its round trips and its flush to disk. Each still has
 * its own answer: what one lacks is no other's matter. Throws what `createPruning` throws, and
 * `quota-exceeded` for an owner with `maxOpenJobs` open ones.
 */
export function pruningAcceptor(
  store: Pick<Store, "pool">,
  maxOpenJobs: number | undefined,
): (request: PruningRequest) => Promise<Job> {
  const acceptAll = (requests: readonly PruningRequest[]) =>
    withTransaction(store, (tx) => acceptPrunings(tx, requests, maxOpenJobs));
  return groupCalls(async (requests) => {
    try {
      return await acceptAll(requests);
    } catch (error) {
      if (requests.length === 1 || !isOfData(error)) throw error;
    }
    // One of them brought what Postgres refuses: each by itself, so that it is the only one.
    const outcomes: Outcome<Job>[] = [];
    for (const request of requests) {
      const alone = await acceptAll([request]).catch((error: unknown) => [{ error }]);
      outcomes.push(...alone);
    }
    return outcomes;
  });
}

async function acceptPrunings(
  tx: Transaction,
  requests: readonly PruningRequest[],
  maxOpenJobs: number | undefined,
): Promise<Outcome<Job>[]> {
  const runs = await lockRuns(tx, [...new Set(requests.map((r) => r.params.crossValidationId))]);
  const owners = requests.flatMap(({ ownerId }) => ownerId ?? []);
  const open = maxOpenJobs === undefined ? null : await countOpenJobs(tx, owners);
  const planned = requests.map(({ params, ownerId }) =>
    outcomeOf(() => {
      const datasetId = prunableDataset(runs.get(params.crossValidationId), params);
      if (open && ownerId && maxOpenJobs !== undefined) {
        const count = open.get(ownerId) ?? 0;
        if (count >= maxOpenJobs) throw jobsExceeded(count, maxOpenJobs);
        open.set(ownerId, count + 1);
      }
      return pruningJob(datasetId, params, { ownerId });
    }),
  );
  const made = planned.flatMap((plan, n) =>
    "value" in plan ? [{ job: plan.value, audit: (requests[n] as PruningRequest).audit }] : [],
  );
  if (made.length === 0) return planned as Outcome<never>[];
  const createdAt = await insertPrunings(
    tx,
    made.map(({ job }) => job),
  );
  await recordAudit(tx, ...made.map(({ job, audit }) => ({ ...audit, resource: job.id })));
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
