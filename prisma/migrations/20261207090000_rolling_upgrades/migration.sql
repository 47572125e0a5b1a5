-- Which migrations programs work with that do not know them: in a rolling upgrade old programs go on while new
-- ones start.

-- AlterTable
ALTER TABLE "deployment" ADD COLUMN "older_programs" JSONB NOT NULL DEFAULT '{}';

UPDATE "deployment" SET "older_programs" = "older_programs" || '{"20261207090000_rolling_upgrades": ""}';
