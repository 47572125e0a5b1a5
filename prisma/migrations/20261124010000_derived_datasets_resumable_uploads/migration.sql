-- An upload without a checksum is still under way.
-- AlterTable
ALTER TABLE "uploads" ALTER COLUMN "sha256" DROP NOT NULL;

-- AlterTable
ALTER TABLE "datasets" ADD COLUMN "parent_id" TEXT;

-- CreateIndex
CREATE INDEX "datasets_sha256_idx" ON "datasets"("sha256");
