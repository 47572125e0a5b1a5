-- Which row of the dataset that was read from a file each row of a derived dataset is.

-- CreateTable
CREATE TABLE "dataset_origins" (
    "dataset_key" INTEGER NOT NULL,
    "root_key" INTEGER NOT NULL,
    "ordinals" BYTEA NOT NULL,

    CONSTRAINT "dataset_origins_pkey" PRIMARY KEY ("dataset_key")
);
