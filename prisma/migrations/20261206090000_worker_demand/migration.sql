-- How many tasks ask for a worker of each role: those that run, and those that are queued and due. What a scaler
-- reads, with no right to anything else: the view reads the tables with its owner's rights.
CREATE VIEW "worker_demand" AS
SELECT roles.role, count(due.id) AS tasks
FROM (VALUES ('cpu'), ('trainer')) AS roles (role)
LEFT JOIN (
    SELECT t.id, CASE t.kind WHEN 'fold-training' THEN 'trainer' ELSE 'cpu' END AS role
    FROM "tasks" t
    WHERE t.state = 'running'
       OR (t.state = 'queued' AND NOT EXISTS (
            SELECT 1 FROM "outbox" o
            WHERE o.task_id = t.id AND o.delivery = t.delivery AND o.sent_at IS NULL AND o.available_at > now()))
) AS due ON due.role = roles.role
GROUP BY roles.role;
