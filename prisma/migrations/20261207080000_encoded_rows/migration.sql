-- A task that encodes texts has a shard of them.
ALTER TABLE "tasks" ADD COLUMN "shard" INTEGER;

-- Trainers encode too.
CREATE OR REPLACE VIEW "worker_demand" AS
SELECT roles.role, count(due.id) AS tasks
FROM (VALUES ('cpu'), ('trainer')) AS roles (role)
LEFT JOIN (
    SELECT t.id, CASE WHEN t.kind IN ('fold-training', 'encode-rows') THEN 'trainer' ELSE 'cpu' END AS role
    FROM "tasks" t
    WHERE t.state = 'running'
       OR (t.state = 'queued' AND NOT EXISTS (
            SELECT 1 FROM "outbox" o
            WHERE o.task_id = t.id AND o.delivery = t.delivery AND o.sent_at IS NULL AND o.available_at > now()))
) AS due ON due.role = roles.role
GROUP BY roles.role;
