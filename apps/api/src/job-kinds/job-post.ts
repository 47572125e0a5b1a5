import type { Job, JobEstimate, JobKind, JobParams } from "@winnow/contracts";
import type { Database, NewAuditEntry, Store } from "@winnow/store";
import type { AllowedSources } from "../access/source-allowed.js";

/** The settings that say what a job may read. */
export interface JobSettings extends AllowedSources {
  /** Absolute: the uploads lie below. */
  readonly storageDir: string;
  /** Absolute; without it checkpoints are refused. */
  readonly modelsDir?: string | undefined;
  /** Without it no training asks an endpoint for vectors. */
  readonly embeddingsUrl?: string | undefined;
  /** Rows of datasets that one owner may have; without it there is no limit. */
  readonly maxStoredRows?: number | undefined;
}

/** A POST as an acceptor gets it. */
export interface PostedJob<K extends JobKind> {
  readonly params: JobParams<K>;
  /** The API key that owns the job. */
  readonly ownerId: string | undefined;
  /** The span of the request, where traces are on. */
  readonly traceParent: string | undefined;
  /** The audit entry without the id of the job. */
  readonly audit: Omit<NewAuditEntry, "resource">;
}

/** What the API has to know about a kind of job besides its descriptor. */
export interface JobPost<K extends JobKind> {
  /** Throws unless the settings allow the job to read its sources. */
  assertAllowed?(params: JobParams<K>, settings: JobSettings): Promise<void>;
  /** Throws if the owner's quota has no room for what the job makes. */
  assertRoom?(db: Database, ownerId: string, settings: JobSettings): Promise<void>;
  /** The time, memory and storage that the job would need, as far as they are known. */
  estimate(params: JobParams<K>, store: Store, settings: JobSettings): Promise<JobEstimate>;
  /**
   * Replaces the kind's creator for POSTs without an Idempotency-Key, if several of them can share a
   * transaction. It checks the quota and writes the audit entry itself.
   */
  acceptor?(store: Store, maxOpenJobs: number | undefined): (posted: PostedJob<K>) => Promise<Job>;
}
