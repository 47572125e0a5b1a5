import type { Job, JobEstimate, JobKind, JobParams } from "@winnow/contracts";
import type { NewAuditEntry, Store } from "@winnow/store";
import type { AllowedSources } from "../access/source-allowed.js";

/** The settings that say what a job may read. */
export interface JobSettings extends AllowedSources {
  /** Absolute; without it checkpoints to start from are refused. */
  readonly modelsDir?: string | undefined;
}

/** A POST as `accept` gets it. */
export interface PostedJob<K extends JobKind> {
  readonly params: JobParams<K>;
  /** The API key whose job it is. */
  readonly ownerId: string | undefined;
  /** The audit entry, but for the id of the job. */
  readonly audit: Omit<NewAuditEntry, "resource">;
}

/** What the API has to know of a kind of job besides its descriptor. */
export interface JobPost<K extends JobKind> {
  /** Throws what the settings do not allow to read. */
  assertAllowed?(params: JobParams<K>, settings: JobSettings): Promise<void>;
  /** What the job would take, as far as it is known. */
  estimate(params: JobParams<K>, store: Store, settings: JobSettings): Promise<JobEstimate>;
  /**
   * Accepts POSTs without an Idempotency-Key in place of the kind's creator, where that can be done
   * in less than a transaction each. It checks the quota and writes the audit entry itself.
   */
  acceptor?(store: Store, maxOpenJobs: number | undefined): (posted: PostedJob<K>) => Promise<Job>;
}
