-- The trace that a job's tasks belong to, where traces are on.
ALTER TABLE "jobs" ADD COLUMN "trace_parent" TEXT;

UPDATE "deployment" SET "older_programs" = "older_programs" || '{"20261208090000_traces": ""}';
