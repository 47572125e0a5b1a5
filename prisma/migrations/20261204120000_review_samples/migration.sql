-- Random samples of a dataset's rows, whose reviews say how many labels are wrong.

-- CreateTable
CREATE TABLE "review_samples" (
    "key" SERIAL NOT NULL,
    "id" TEXT NOT NULL,
    "dataset_id" TEXT NOT NULL,
    "pruning_id" TEXT NOT NULL,
    "seed" BIGINT NOT NULL,
    "half_width" DOUBLE PRECISION NOT NULL,
    "flagged_rows" INTEGER NOT NULL,
    "unflagged_rows" INTEGER NOT NULL,
    "actor_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "review_samples_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "review_sample_rows" (
    "sample_key" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "is_flagged" BOOLEAN NOT NULL,
    "given" INTEGER NOT NULL,

    CONSTRAINT "review_sample_rows_pkey" PRIMARY KEY ("sample_key","position")
);

-- CreateIndex
CREATE UNIQUE INDEX "review_samples_id_key" ON "review_samples"("id");

-- CreateIndex
CREATE INDEX "review_samples_dataset_id_id_idx" ON "review_samples"("dataset_id", "id");

-- AddForeignKey
ALTER TABLE "review_samples" ADD CONSTRAINT "review_samples_dataset_id_fkey" FOREIGN KEY ("dataset_id") REFERENCES "datasets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "review_sample_rows" ADD CONSTRAINT "review_sample_rows_sample_key_fkey" FOREIGN KEY ("sample_key") REFERENCES "review_samples"("key") ON DELETE CASCADE ON UPDATE CASCADE;
