-- CreateTable
CREATE TABLE "deployment" (
    "only" BOOLEAN NOT NULL DEFAULT true,
    "id" UUID NOT NULL,
    "storage_mark" UUID,
    "storage_marked_by" TEXT,

    CONSTRAINT "deployment_pkey" PRIMARY KEY ("only")
);

ALTER TABLE "deployment" ADD CONSTRAINT "deployment_only_check" CHECK ("only");

-- gen_random_uuid() is of Postgres 13.
INSERT INTO "deployment" ("id")
VALUES (md5(random()::text || clock_timestamp()::text || pg_backend_pid()::text)::uuid);
