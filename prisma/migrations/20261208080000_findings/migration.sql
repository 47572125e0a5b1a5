-- All that a findings job found, of which its result lists the first.

-- CreateTable
CREATE TABLE "findings" (
    "job_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "rank" INTEGER NOT NULL,
    "cross_validation_id" TEXT NOT NULL,
    "finding" JSONB NOT NULL,

    CONSTRAINT "findings_pkey" PRIMARY KEY ("job_id","kind","rank")
);

-- CreateIndex
CREATE INDEX "findings_cross_validation_id_idx" ON "findings"("cross_validation_id");

-- AddForeignKey
ALTER TABLE "findings" ADD CONSTRAINT "findings_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "findings" ADD CONSTRAINT "findings_cross_validation_id_fkey" FOREIGN KEY ("cross_validation_id") REFERENCES "cross_validations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

UPDATE "deployment" SET "older_programs" = "older_programs" || '{"20261208080000_findings": ""}';
