import { join } from "node:path";
import { folderShelf, type Shelf } from "./checkpoint-store.js";
import type { CheckpointPlace } from "./place.js";

/**
 * Opens a task's shelf, on which a bucket that does not answer is waited for, about a minute unless
 * `patienceMs` says otherwise. The S3 library is loaded only where it is needed.
 */
export async function openShelf(
  place: CheckpointPlace,
  taskId: string,
  patienceMs?: number,
): Promise<Shelf> {
  if (place.type === "folder") return folderShelf(join(place.folder, taskId));
  const { s3Shelf } = await import("./s3-checkpoint-store.js");
  return s3Shelf(place, taskId, patienceMs);
}

/** Throws, in words for whoever runs the worker, where states cannot be kept at this place. */
export async function checkPlace(place: CheckpointPlace): Promise<void> {
  if (place.type === "folder") return;
  const { checkBucket } = await import("./s3-checkpoint-store.js");
  await checkBucket(place);
}
