-- What a job reads, by ids. AlterTable
ALTER TABLE "jobs" ADD COLUMN     "inputs" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- Jobs written before the column: from their parameters, which is done here for the last time.
UPDATE jobs SET inputs = array_remove(ARRAY[
  params -> 'source' ->> 'uploadId',
  params -> 'source' ->> 'datasetId',
  params ->> 'datasetId',
  params ->> 'probabilitiesUploadId',
  params ->> 'foldsUploadId',
  params -> 'training' -> 'softTargets' ->> 'uploadId',
  params -> 'training' -> 'softTargets' ->> 'pruningId',
  params ->> 'crossValidationId'], NULL);

-- A job may have tasks of several kinds for one fold.
-- DropIndex
DROP INDEX "tasks_job_id_fold_key";

-- CreateIndex
CREATE UNIQUE INDEX "tasks_job_id_kind_fold_key" ON "tasks"("job_id", "kind", "fold");
