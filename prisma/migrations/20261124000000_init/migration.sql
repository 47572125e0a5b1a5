-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- Partitions are made and dropped at run time, in a schema of their own that Prisma does not look at.
CREATE SCHEMA IF NOT EXISTS "partitions";

-- CreateTable
CREATE TABLE "uploads" (
    "id" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "storage_key" TEXT NOT NULL,
    "filename" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "uploads_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "datasets" (
    "id" TEXT NOT NULL,
    "key" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "source" JSONB NOT NULL,
    "params" JSONB NOT NULL,
    "rows" INTEGER,
    "rejected" INTEGER,
    "class_count" INTEGER,
    "has_true_labels" BOOLEAN NOT NULL DEFAULT false,
    "sha256" TEXT,
    "profile" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "datasets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "classes" (
    "dataset_id" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "classes_pkey" PRIMARY KEY ("dataset_id","index")
);

-- CreateTable
CREATE TABLE "samples" (
    "dataset_key" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "line" INTEGER NOT NULL,
    "external_id" TEXT,
    "text" TEXT NOT NULL,
    "class_index" INTEGER NOT NULL,
    "true_class_index" INTEGER,

    CONSTRAINT "samples_pkey" PRIMARY KEY ("dataset_key","ordinal")
) PARTITION BY LIST ("dataset_key");

-- CreateTable
CREATE TABLE "rejects" (
    "id" BIGSERIAL NOT NULL,
    "dataset_id" TEXT NOT NULL,
    "line" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "excerpt" TEXT NOT NULL,

    CONSTRAINT "rejects_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "jobs" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "phase" TEXT,
    "progress_done" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "progress_total" DOUBLE PRECISION,
    "params" JSONB NOT NULL,
    "seed" BIGINT,
    "result" JSONB,
    "error" JSONB,
    "dataset_id" TEXT,
    "cross_validation_id" TEXT,
    "pruning_id" TEXT,
    "retry_of" TEXT,
    "cancel_requested_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "jobs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tasks" (
    "id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "fold" INTEGER,
    "state" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "delivery" INTEGER NOT NULL DEFAULT 1,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "step" INTEGER NOT NULL DEFAULT 0,
    "steps" INTEGER,
    "metrics" JSONB,
    "error" JSONB,
    "history" JSONB NOT NULL DEFAULT '[]',
    "worker_id" TEXT,
    "heartbeat_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "tasks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "task_id" TEXT NOT NULL,
    "queue" TEXT NOT NULL,
    "delivery" INTEGER NOT NULL,
    "payload" JSONB NOT NULL,
    "available_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "job_events" (
    "id" BIGSERIAL NOT NULL,
    "job_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "job_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cross_validations" (
    "id" TEXT NOT NULL,
    "key" SERIAL NOT NULL,
    "dataset_id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "rows" INTEGER NOT NULL,
    "class_count" INTEGER NOT NULL,
    "folds" INTEGER NOT NULL,
    "seed" BIGINT NOT NULL,
    "configuration" JSONB NOT NULL,
    "backend" JSONB,
    "accuracy" DOUBLE PRECISION,
    "warnings" JSONB NOT NULL DEFAULT '[]',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "cross_validations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "folds" (
    "cross_validation_id" TEXT NOT NULL,
    "fold" INTEGER NOT NULL,
    "task_id" TEXT NOT NULL,
    "train_rows" INTEGER,
    "test_rows" INTEGER,
    "accuracy" DOUBLE PRECISION,
    "loss" DOUBLE PRECISION,
    "epochs" JSONB NOT NULL DEFAULT '[]',
    "seconds" DOUBLE PRECISION,
    "backend" JSONB,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "folds_pkey" PRIMARY KEY ("cross_validation_id","fold")
);

-- CreateTable
CREATE TABLE "fold_probabilities" (
    "cross_validation_key" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "fold" SMALLINT NOT NULL,
    "given" INTEGER NOT NULL,
    "argmax" INTEGER NOT NULL,
    "self_confidence" REAL NOT NULL,
    "probs" BYTEA NOT NULL,

    CONSTRAINT "fold_probabilities_pkey" PRIMARY KEY ("cross_validation_key","ordinal")
) PARTITION BY LIST ("cross_validation_key");

-- CreateTable
CREATE TABLE "prunings" (
    "id" TEXT NOT NULL,
    "key" SERIAL NOT NULL,
    "cross_validation_id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "parameters" JSONB NOT NULL,
    "flagged" INTEGER,
    "report" JSONB,
    "matrices" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "prunings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "flags" (
    "pruning_key" INTEGER NOT NULL,
    "rank" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "given" INTEGER NOT NULL,
    "suggested" INTEGER NOT NULL,
    "fold" SMALLINT NOT NULL,
    "self_confidence" DOUBLE PRECISION NOT NULL,
    "normalized_margin" DOUBLE PRECISION NOT NULL,
    "error_probability" DOUBLE PRECISION,
    "suggested_probability" DOUBLE PRECISION NOT NULL,
    "reason" JSONB NOT NULL,
    "review" TEXT,

    CONSTRAINT "flags_pkey" PRIMARY KEY ("pruning_key","rank")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "owner" TEXT NOT NULL DEFAULT '',
    "key" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "body_hash" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "response" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("owner","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "datasets_key_key" ON "datasets"("key");

-- CreateIndex
CREATE INDEX "rejects_dataset_id_id_idx" ON "rejects"("dataset_id", "id");

-- CreateIndex
CREATE INDEX "jobs_state_id_idx" ON "jobs"("state", "id");

-- CreateIndex
CREATE INDEX "jobs_dataset_id_id_idx" ON "jobs"("dataset_id", "id");

-- CreateIndex
CREATE INDEX "tasks_state_heartbeat_at_idx" ON "tasks"("state", "heartbeat_at");

-- CreateIndex
CREATE UNIQUE INDEX "tasks_job_id_fold_key" ON "tasks"("job_id", "fold");

-- CreateIndex
CREATE INDEX "outbox_sent_at_available_at_idx" ON "outbox"("sent_at", "available_at");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_task_id_delivery_key" ON "outbox"("task_id", "delivery");

-- CreateIndex
CREATE INDEX "job_events_job_id_id_idx" ON "job_events"("job_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "cross_validations_key_key" ON "cross_validations"("key");

-- CreateIndex
CREATE INDEX "cross_validations_dataset_id_id_idx" ON "cross_validations"("dataset_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "prunings_key_key" ON "prunings"("key");

-- CreateIndex
CREATE INDEX "prunings_cross_validation_id_idx" ON "prunings"("cross_validation_id");

-- CreateIndex
CREATE UNIQUE INDEX "flags_pruning_key_ordinal_key" ON "flags"("pruning_key", "ordinal");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- AddForeignKey
ALTER TABLE "classes" ADD CONSTRAINT "classes_dataset_id_fkey" FOREIGN KEY ("dataset_id") REFERENCES "datasets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rejects" ADD CONSTRAINT "rejects_dataset_id_fkey" FOREIGN KEY ("dataset_id") REFERENCES "datasets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "tasks"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job_events" ADD CONSTRAINT "job_events_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cross_validations" ADD CONSTRAINT "cross_validations_dataset_id_fkey" FOREIGN KEY ("dataset_id") REFERENCES "datasets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "folds" ADD CONSTRAINT "folds_cross_validation_id_fkey" FOREIGN KEY ("cross_validation_id") REFERENCES "cross_validations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "prunings" ADD CONSTRAINT "prunings_cross_validation_id_fkey" FOREIGN KEY ("cross_validation_id") REFERENCES "cross_validations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "flags" ADD CONSTRAINT "flags_pruning_key_fkey" FOREIGN KEY ("pruning_key") REFERENCES "prunings"("key") ON DELETE CASCADE ON UPDATE CASCADE;



-- Float32 bytes do not compress: keep them out of pglz, inline as long as the row fits a page.
ALTER TABLE "fold_probabilities" ALTER COLUMN "probs" SET STORAGE EXTERNAL;

-- States are closed sets (docs/states.md).
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_state_check"
    CHECK ("state" IN ('queued', 'running', 'cancelling', 'cancelled', 'succeeded', 'failed'));
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_state_check"
    CHECK ("state" IN ('queued', 'running', 'cancelled', 'succeeded', 'failed'));
ALTER TABLE "datasets" ADD CONSTRAINT "datasets_state_check"
    CHECK ("state" IN ('ingesting', 'ready', 'failed'));
ALTER TABLE "cross_validations" ADD CONSTRAINT "cross_validations_state_check"
    CHECK ("state" IN ('training', 'ready', 'failed'));
ALTER TABLE "prunings" ADD CONSTRAINT "prunings_state_check"
    CHECK ("state" IN ('pending', 'ready', 'failed'));
