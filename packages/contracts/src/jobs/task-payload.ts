import { z } from "zod";
import { JobId, TaskId } from "../values/ids.js";

/** What lies in Redis for a task: ids only. Everything else is read from Postgres at the claim. */
export const TaskPayload = z.strictObject({
  jobId: JobId,
  taskId: TaskId,
  /** Counts the times the task was put on its queue; part of the queue entry's id. */
  delivery: z.int().min(1),
});
export type TaskPayload = z.infer<typeof TaskPayload>;

/** The most bytes a queue payload may take as JSON. */
export const MAX_PAYLOAD_BYTES = 4096;
