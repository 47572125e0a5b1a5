-- Keys that see and change only what they made: who made each resource.
ALTER TABLE "api_keys" ADD COLUMN "owner_only" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "datasets" ADD COLUMN "owner_id" TEXT;
ALTER TABLE "cross_validations" ADD COLUMN "owner_id" TEXT;
ALTER TABLE "prunings" ADD COLUMN "owner_id" TEXT;
ALTER TABLE "webhooks" ADD COLUMN "owner_id" TEXT,
ADD COLUMN "own_jobs_only" BOOLEAN NOT NULL DEFAULT false;

-- The first of a resource's jobs made it; those after it are retries.
UPDATE "datasets" r SET "owner_id" = (SELECT j."owner_id" FROM "jobs" j
  WHERE j."dataset_id" = r."id" AND j."kind" = 'dataset-ingest' ORDER BY j."id" LIMIT 1);
UPDATE "cross_validations" r SET "owner_id" = (SELECT j."owner_id" FROM "jobs" j
  WHERE j."dataset_id" = r."dataset_id" AND j."cross_validation_id" = r."id" AND j."kind" <> 'pruning'
  ORDER BY j."id" LIMIT 1);
UPDATE "prunings" r SET "owner_id" = (SELECT j."owner_id" FROM "jobs" j WHERE j."id" = r."job_id");

-- CreateIndex
CREATE INDEX "jobs_owner_id_id_idx" ON "jobs"("owner_id", "id");

-- CreateIndex
CREATE INDEX "prunings_owner_id_id_idx" ON "prunings"("owner_id", "id");

-- The operating-system user whose command changed something.
ALTER TABLE "audit_entries" ADD COLUMN "user_name" TEXT;
