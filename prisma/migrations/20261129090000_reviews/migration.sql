-- What people decide about rows: actions, the review that counts for each row, and all that were made.

-- CreateTable
CREATE TABLE "review_actions" (
    "key" BIGSERIAL NOT NULL,
    "id" TEXT NOT NULL,
    "dataset_id" TEXT NOT NULL,
    "actor_id" TEXT,
    "pruning_id" TEXT,
    "met_order" TEXT,
    "filter" JSONB,
    "rows" INTEGER NOT NULL,
    "inherited" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "undone_at" TIMESTAMPTZ(3),
    "undone_key" BIGINT,

    CONSTRAINT "review_actions_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "reviews" (
    "dataset_key" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "action_key" BIGINT NOT NULL,
    "verdict" TEXT NOT NULL,
    "class_index" INTEGER,
    "replaces" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "reviews_pkey" PRIMARY KEY ("dataset_key","ordinal")
);

-- CreateTable
CREATE TABLE "review_history" (
    "dataset_key" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "action_key" BIGINT NOT NULL,
    "verdict" TEXT NOT NULL,
    "class_index" INTEGER,

    CONSTRAINT "review_history_pkey" PRIMARY KEY ("dataset_key","ordinal","action_key")
);

-- CreateTable
CREATE TABLE "near_duplicates" (
    "dataset_key" INTEGER NOT NULL,
    "group_ordinal" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,

    CONSTRAINT "near_duplicates_pkey" PRIMARY KEY ("dataset_key","ordinal")
);

-- CreateIndex
CREATE UNIQUE INDEX "review_actions_id_key" ON "review_actions"("id");

-- CreateIndex
CREATE INDEX "review_actions_dataset_id_key_idx" ON "review_actions"("dataset_id", "key");

-- CreateIndex
CREATE INDEX "review_actions_dataset_id_actor_id_key_idx" ON "review_actions"("dataset_id", "actor_id", "key");

-- CreateIndex
CREATE INDEX "review_actions_dataset_id_undone_key_idx" ON "review_actions"("dataset_id", "undone_key");

-- CreateIndex
CREATE INDEX "review_history_action_key_idx" ON "review_history"("action_key");

-- CreateIndex
CREATE INDEX "near_duplicates_dataset_key_group_ordinal_ordinal_idx" ON "near_duplicates"("dataset_key", "group_ordinal", "ordinal");

-- AddForeignKey
ALTER TABLE "review_actions" ADD CONSTRAINT "review_actions_dataset_id_fkey" FOREIGN KEY ("dataset_id") REFERENCES "datasets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- It was never set.
ALTER TABLE "flags" DROP COLUMN "review";

-- The queue's orders besides the rank. Prisma has no words for indexes on expressions.
CREATE INDEX "flags_posterior_order" ON "flags"("pruning_key", (- coalesce("error_probability", -1)), "rank");
CREATE INDEX "flags_random_order" ON "flags"("pruning_key", (hashint4("ordinal" # "pruning_key")), "rank");
