-- Who asked for a job or stored an upload; null without API keys.
-- AlterTable
ALTER TABLE "uploads" ADD COLUMN "owner_id" TEXT;

-- AlterTable
ALTER TABLE "jobs" ADD COLUMN "owner_id" TEXT;

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_entries" (
    "id" BIGSERIAL NOT NULL,
    "key_id" TEXT,
    "action" TEXT NOT NULL,
    "resource" TEXT,
    "outcome" TEXT NOT NULL,
    "request_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "uploads_owner_id_idx" ON "uploads"("owner_id");

-- CreateIndex
CREATE INDEX "jobs_owner_id_state_idx" ON "jobs"("owner_id", "state");

-- CreateIndex
CREATE INDEX "audit_entries_key_id_id_idx" ON "audit_entries"("key_id", "id");

-- CreateIndex
CREATE INDEX "audit_entries_resource_id_idx" ON "audit_entries"("resource", "id");
