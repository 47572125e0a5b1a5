import { join } from "node:path";
import { type CheckpointStore, folderCheckpointStore } from "./checkpoint-store.js";
import type { CheckpointPlace } from "./place.js";

/**
 * Opens a task's checkpoint store. Its calls wait about `patienceMs` (a minute by default) for a
 * bucket that does not answer. The S3 library is loaded only when it is needed.
 */
export async function openCheckpointStore(
  place: CheckpointPlace,
  taskId: string,
  patienceMs?: number,
): Promise<CheckpointStore> {
  if (place.type === "folder") return folderCheckpointStore(join(place.folder, taskId));
  const { s3CheckpointStore } = await import("./s3-checkpoint-store.js");
  return s3CheckpointStore(place, taskId, patienceMs);
}

/** Throws an error for the worker's operator if states cannot be stored at this place. */
export async function checkPlace(place: CheckpointPlace): Promise<void> {
  if (place.type === "folder") return;
  const { checkBucket } = await import("./s3-checkpoint-store.js");
  await checkBucket(place);
}
