export { type PruningRequest, pruningAcceptor } from "./accept-prunings.js";
export {
  anyApiKey,
  createApiKey,
  type KeyCheck,
  type KeyRefusal,
  listApiKeys,
  type NewApiKey,
  revokeApiKey,
  tokenChecker,
} from "./api-keys.js";
export * from "./audit.js";
export { type Backlog, readBacklog } from "./backlog.js";
export { BackupError, type BackupErrorCode } from "./backup/backup-error.js";
export { type Manifest as BackupManifest, readManifest } from "./backup/manifest.js";
export { type RestoreOptions, restoreBackup } from "./backup/restore-backup.js";
export { type BackupOptions, writeBackup } from "./backup/write-backup.js";
export * from "./claim.js";
export {
  beatTask,
  claimTask,
  type Heartbeat,
  MAX_STARTED_ATTEMPTS,
  recordEvent,
} from "./claims.js";
export {
  openStore,
  type Store,
  type StoreOptions,
  type Transaction,
  withTransaction,
} from "./client.js";
export { causesOf, isConnectionLost } from "./connection-lost.js";
export {
  createDatasetIngest,
  createFoldTraining,
  createProbabilityImport,
} from "./create-jobs.js";
export { createPruning } from "./create-pruning.js";
export * from "./cross-validations.js";
export * from "./datasets.js";
export { deleteDataset } from "./delete-dataset.js";
export { type EpochFigures, electEpoch, type FoldBallot } from "./epoch-vote.js";
export { appendEvent, listEvents } from "./events.js";
export * from "./exports.js";
export * from "./idempotency.js";
export { newId } from "./ids.js";
export * from "./import-probabilities.js";
export * from "./ingest.js";
export { type JobFilter, listJobs, readJob } from "./job-view.js";
export * from "./migrate.js";
export { type Channel, listen } from "./notifications.js";
export { type OutboxEntry, relayOutbox } from "./outbox.js";
export { outboxBell } from "./outbox-bell.js";
export { sweepPartitions, waitedTooLong } from "./partitions.js";
export { readProbabilityBlocks, type StoredBlock } from "./probabilities.js";
export * from "./prunings.js";
export * from "./quotas.js";
export * from "./recovery.js";
export type { Freed } from "./retention/freed.js";
export { sweepOld } from "./retention/sweep.js";
export { createRetry } from "./retry-job.js";
export * from "./send-webhooks.js";
export { sweepStaging } from "./staging-sweep.js";
export * from "./task-ends.js";
export * from "./training-data.js";
export * from "./uploads.js";
export { listDeliveries, pingWebhook, redeliver } from "./webhook-deliveries.js";
export {
  createWebhook,
  deleteWebhook,
  listWebhooks,
  MAX_WEBHOOKS,
  readWebhook,
  readWebhookSecret,
  rotateWebhookSecret,
  updateWebhook,
} from "./webhooks.js";
export {
  type EpochPredictions,
  type FoldMetrics,
  type FoldPredictions,
  writeFold,
} from "./write-fold.js";
