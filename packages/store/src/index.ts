export {
  anyApiKey,
  createApiKey,
  type KeyCheck,
  type KeyRefusal,
  listApiKeys,
  type NewApiKey,
  revokeApiKey,
  tokenChecker,
} from "./access/api-keys.js";
export * from "./access/audit.js";
export * from "./access/idempotency.js";
export { assertGoesAlone, assertOwned, NOT_ITS_OWN } from "./access/owners.js";
export * from "./access/quotas.js";
export { BackupError, type BackupErrorCode } from "./backup/backup-error.js";
export { type Manifest as BackupManifest, readManifest } from "./backup/manifest.js";
export { type RestoreOptions, restoreBackup } from "./backup/restore-backup.js";
export { type BackupOptions, writeBackup } from "./backup/write-backup.js";
export * from "./cross-validations/cross-validations.js";
export { type EncodingFigures, endEncoding } from "./cross-validations/end-encoding.js";
export { epochsThatCount } from "./cross-validations/epoch-vote.js";
export { type AllFound, listFound, writeFindings } from "./cross-validations/findings.js";
export type { AfterFolds } from "./cross-validations/finish-run.js";
export type { MemberTable, PooledTable } from "./cross-validations/member-tables.js";
export {
  findQuickRun,
  findVectorSource,
  listMembers,
  listVoters,
  type RunVoter,
} from "./cross-validations/members.js";
export {
  type ConfusionCell,
  readConfusion,
  readProbabilityBlocks,
  readProbabilityRows,
  type StoredBlock,
} from "./cross-validations/probabilities.js";
export { listTrainedFolds, type TrainedFold } from "./cross-validations/trained-folds.js";
export type { WholeBlock } from "./cross-validations/whole-rows.js";
export * from "./cross-validations/write-combination.js";
export {
  type EpochPredictions,
  type FoldMetrics,
  type FoldPredictions,
  writeFold,
} from "./cross-validations/write-fold.js";
export * from "./cross-validations/write-second-round.js";
export * from "./cross-validations/write-whole-run.js";
export { type DatabaseFault, databaseFaults } from "./database/checks.js";
export {
  type Database,
  openStore,
  type Store,
  type StoreOptions,
  type Transaction,
  withTransaction,
} from "./database/client.js";
export type { DatabaseUrls } from "./database/connection.js";
export { isConnectionLost, isReadOnly } from "./database/connection-lost.js";
export {
  assertDatabaseSuits,
  CONNECTIONS_METRIC,
  type ConnectionCounts,
  connectionCounts,
  ping,
  tlsFaultOf,
} from "./database/connections.js";
export { newId } from "./database/ids.js";
export * from "./database/migrate.js";
export { MigrationError, type MigrationErrorCode } from "./database/migration-error.js";
export { listMigrations } from "./database/migration-files.js";
export { type Channel, listen } from "./database/notifications.js";
export { pageOfArray } from "./database/pages.js";
export { isLockTimeout, sweepPartitions } from "./database/partitions.js";
export { detectPooling, type Pooling } from "./database/pooling.js";
export { annotatorNames } from "./datasets/annotators.js";
export * from "./datasets/datasets.js";
export { longestExternalId, readExternalIds } from "./datasets/external-ids.js";
export { readNearGroups } from "./datasets/near-duplicates.js";
export { readRecords } from "./datasets/records.js";
export { storeFailedRejects } from "./datasets/rejects.js";
export * from "./datasets/samples.js";
export { type UploadLock, UploadLocks } from "./datasets/upload-locks.js";
export * from "./datasets/uploads.js";
export { readVotes, type StoredVotes } from "./datasets/votes.js";
export * from "./datasets/write-dataset.js";
export { deleteDataset } from "./deletion/delete-dataset.js";
export { deleteCrossValidation, deletePruning } from "./deletion/delete-run.js";
export { deleteUpload } from "./deletion/delete-upload.js";
export {
  datasetDeletion,
  pruningDeletion,
  runDeletion,
  uploadDeletion,
} from "./deletion/what-goes.js";
export { readNamespace } from "./deployment/identity.js";
export { type DatabaseFacts, inspectDatabase } from "./deployment/inspect-database.js";
export {
  checkSchema,
  compareSchema,
  isTableMissing,
  type SchemaDifference,
  schemaFault,
} from "./deployment/schema-version.js";
export {
  adoptStorageFolder,
  checkStorageFolder,
  checkStorageWritable,
  storageFault,
} from "./deployment/storage-folder.js";
export { advanceExperiments } from "./experiments/advance.js";
export { deleteDerived } from "./experiments/delete-derived.js";
export { secondsPerExperimentRow } from "./experiments/pace.js";
export { planExperiment } from "./experiments/plan.js";
export { type ExperimentCurves, readCurves } from "./experiments/read-curves.js";
export { readExperiment } from "./experiments/read-experiment.js";
export { type ReviewedScore, type TargetCut, targetCut } from "./experiments/target-cut.js";
export { type Proportion, proportion } from "./intervals/wilson.js";
export { type PruningRequest, pruningAcceptor } from "./prunings/accept-prunings.js";
export { createPruning } from "./prunings/create-pruning.js";
export * from "./prunings/exports.js";
export {
  type EvidenceRow,
  type FlagDoubt,
  readDoubtedTexts,
  readDoubts,
  writeEvidence,
} from "./prunings/flag-evidence.js";
export { type FlagFilter, listFlags, readFlagOrder } from "./prunings/flags.js";
export * from "./prunings/matrices.js";
export * from "./prunings/prunings.js";
export * from "./prunings/write-pruning.js";
export { type Backlog, readBacklog } from "./queue/backlog.js";
export { cancelJobs } from "./queue/cancel-jobs.js";
export * from "./queue/claim.js";
export {
  beatTask,
  claimTask,
  type DiedOfMemory,
  type Heartbeat,
  isKnownTask,
  MAX_STARTED_ATTEMPTS,
  recordEvent,
} from "./queue/claim-task.js";
export { appendEvent, listEvents, readNewEvents } from "./queue/events.js";
export { inputIdsOf } from "./queue/insert-job.js";
export { secondsPerEncodedText, secondsPerProbability, secondsPerUnit } from "./queue/job-pace.js";
export { readTraceParents, traceJob } from "./queue/job-trace.js";
export { type JobFilter, listJobs, readJob } from "./queue/job-view.js";
export { type DueEntry, type OutboxEntry, relayOutbox } from "./queue/outbox.js";
export { outboxNotifier } from "./queue/outbox-notifier.js";
export * from "./queue/recovery.js";
export * from "./queue/task-ends.js";
export { hashContents, hashFlags, hashRun } from "./receipts/hashes.js";
export { createCombination } from "./requests/create-combination.js";
export { createDatasetIngest } from "./requests/create-dataset-ingest.js";
export { createFoldTraining } from "./requests/create-fold-training.js";
export { createProbabilityImport } from "./requests/create-probability-import.js";
export { CREATORS, type Creator } from "./requests/creators.js";
export { holdInputs } from "./requests/hold-inputs.js";
export { queueTraining } from "./requests/queue-training.js";
export { createRetry } from "./requests/retry-job.js";
export type { Freed } from "./retention/freed.js";
export { sweepStaging } from "./retention/staging-sweep.js";
export { sweepOld } from "./retention/sweep.js";
export { removeAbandonedUploads } from "./retention/uploads.js";
export { drawReviewSample } from "./review-samples/draw-sample.js";
export { listReviewSamples, readReviewSample } from "./review-samples/read-samples.js";
export { listReviewSampleRows } from "./review-samples/sample-rows.js";
export { withSampledNoise } from "./review-samples/sampled-noise.js";
export {
  type DiffChange,
  datasetDiff,
  listDatasetDiffRows,
} from "./reviews/dataset-diff.js";
export {
  DROPPED,
  readCurrentDecisions,
  readDecisions,
  UNDECIDED,
} from "./reviews/decisions.js";
export { listReviews, type ReviewListFilter, readDecided } from "./reviews/list-reviews.js";
export { listReviewQueue, type QueueFilter } from "./reviews/queue.js";
export { type RandomReview, readRandomReviews } from "./reviews/random-reviews.js";
export { type ReviewRequest, reviewDataset } from "./reviews/review-dataset.js";
export { readReviewReport } from "./reviews/review-report.js";
export { reviewsRevision } from "./reviews/reviewed-dataset.js";
export { takeOverRows } from "./reviews/take-over.js";
export { undoReviews } from "./reviews/undo-reviews.js";
export { listDeliveries, pingWebhook, redeliver } from "./webhooks/deliveries.js";
export {
  createWebhook,
  deleteWebhook,
  listWebhooks,
  MAX_WEBHOOKS,
  readWebhook,
  readWebhookSecret,
  rotateWebhookSecret,
  updateWebhook,
} from "./webhooks/endpoints.js";
export * from "./webhooks/sending.js";
