-- Jobs that a job queues as parts of its own work, and the runs of an experiment.

-- AlterTable
ALTER TABLE "jobs" ADD COLUMN "parent_id" TEXT;

-- CreateIndex
CREATE INDEX "jobs_parent_id_id_idx" ON "jobs"("parent_id", "id");

-- CreateTable
CREATE TABLE "experiment_cells" (
    "job_id" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "noise" INTEGER NOT NULL,
    "rate" DOUBLE PRECISION,
    "seed" BIGINT NOT NULL,
    "dataset_job_id" TEXT,
    "training_job_id" TEXT,
    "pruning_job_ids" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "dataset_id" TEXT,
    "figures" JSONB,
    "curves" JSONB,

    CONSTRAINT "experiment_cells_pkey" PRIMARY KEY ("job_id","index")
);

-- AddForeignKey
ALTER TABLE "experiment_cells" ADD CONSTRAINT "experiment_cells_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;
