import { AppError } from "@winnow/contracts";
import { type Store, withTransaction } from "../database/client.js";
import type { Also } from "./delete-dataset.js";
import { assertNoOpenJob, type Deletable, withoutLongWaits } from "./unused.js";

const UPLOAD: Deletable = { noun: "upload", inUse: "upload-in-use" };

/**
 * Deletes the row of an upload and returns the key of its file, which the caller removes then. What
 * was read from it stays. `also` runs in the same transaction. Throws `upload-not-found`,
 * `upload-in-use`.
 */
export function deleteUpload(store: Store, id: string, also?: Also): Promise<string> {
  return withTransaction(store, (tx) =>
    withoutLongWaits(UPLOAD, tx, async () => {
      const { rows } = await tx.query<{ storage_key: string }>(
        "DELETE FROM uploads WHERE id = $1 RETURNING storage_key",
        [id],
      );
      if (!rows[0]) throw new AppError("upload-not-found", `No upload has the id ${id}.`);
      // A request that makes a job of it holds it until the job is there.
      await assertNoOpenJob(tx, UPLOAD, [id]);
      await also?.(tx);
      return rows[0].storage_key;
    }),
  );
}
