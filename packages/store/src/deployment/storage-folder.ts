import { AppError } from "@winnow/contracts";
import { assertWritable, newStorageMark, readStorageMark, writeStorageMark } from "@winnow/storage";
import { poolOf, type Queryable, type Store, withTransaction } from "../database/client.js";

/** Who looks at its storage folder. Where the two differ, the API's is the right one: it has the uploads. */
export type StorageUser = "api" | "worker";

interface Mark {
  readonly mark: string | null;
  /** null while the mark is being written, or was by a process that died. */
  readonly by: StorageUser | "operator" | null;
}

/**
 * Throws an `AppError` of one sentence unless `storageDir` can be written and is the folder of this
 * database. The first who looks marks the folder, and the row remembers the mark.
 */
export async function checkStorageFolder(
  store: Store,
  storageDir: string,
  user: StorageUser,
): Promise<void> {
  await checkStorageWritable(storageDir);
  for (let tries = 0; ; tries++) {
    const [row, found] = [await readMark(poolOf(store)), await readStorageMark(storageDir)];
    const isMine = row.mark !== null && row.mark === found;
    if (isMine && row.by !== null) return;
    const mayMark = row.by === null || (row.by === "worker" && user === "api");
    // A mark that the row does not know is another database's, whose files a sweep would delete.
    const isForeign = found !== null && !isMine;
    if (!mayMark || isForeign || tries > 2) {
      throw new AppError("not-ready", strangeFolder(row, found, user));
    }
    await mark(store, storageDir, user, row);
  }
}

/** Throws an `AppError` of one sentence unless files can be made in `storageDir`. */
export async function checkStorageWritable(storageDir: string): Promise<void> {
  try {
    await assertWritable(storageDir);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new AppError(
      "not-ready",
      `STORAGE_DIR cannot be written (${code}): let the service's user create files in it`,
      { cause: error },
    );
  }
}

/**
 * Why `storageDir` is not the folder of this database, without marking it; null: it is, or it would
 * become it.
 */
export async function storageFault(store: Store, storageDir: string): Promise<string | null> {
  const [row, found] = [await readMark(poolOf(store)), await readStorageMark(storageDir)];
  const isFree = found === null && (row.by === null || row.by === "worker");
  return isFree || row.mark === found ? null : strangeFolder(row, found, "api");
}

/** Makes `storageDir` the folder of this database, whatever was marked before. */
export async function adoptStorageFolder(store: Store, storageDir: string): Promise<void> {
  await checkStorageWritable(storageDir);
  await mark(store, storageDir, "operator", await readMark(poolOf(store)));
}

/**
 * The row knows the mark before the folder has it, so that a crash between the two leaves a mark that
 * is known. Only one process at a time marks a folder, and none that saw another row.
 */
async function mark(
  store: Store,
  storageDir: string,
  by: NonNullable<Mark["by"]>,
  seen: Mark,
): Promise<void> {
  const isUnderWay = seen.mark !== null && seen.by === null;
  const value = isUnderWay ? seen.mark : newStorageMark();
  if (!isUnderWay) {
    await poolOf(store).query(
      `UPDATE deployment SET storage_mark = $1, storage_marked_by = NULL
       WHERE storage_mark IS NOT DISTINCT FROM $2 AND storage_marked_by IS NOT DISTINCT FROM $3`,
      [value, seen.mark, seen.by],
    );
  }
  await withTransaction(store, async (tx) => {
    await tx.query("SELECT 1 FROM deployment FOR UPDATE");
    const row = await readMark(tx);
    if (row.mark !== value || row.by !== null) return;
    await writeStorageMark(storageDir, value);
    await tx.query("UPDATE deployment SET storage_marked_by = $1", [by]);
  });
}

async function readMark(db: Queryable): Promise<Mark> {
  const { rows } = await db.query<Mark>(
    "SELECT storage_mark AS mark, storage_marked_by AS by FROM deployment",
  );
  return rows[0] ?? { mark: null, by: null };
}

function strangeFolder({ mark: wanted }: Mark, found: string | null, user: StorageUser): string {
  const way = "or, if it is the right one, run winnow doctor --adopt-storage with it";
  if (wanted === null) {
    return `STORAGE_DIR belongs to another database (its file \`database\` says ${found}): name an empty folder, ${way}`;
  }
  const what = user === "worker" ? "the folder that the API uses" : "this database's folder";
  const why = found === null ? 'it lacks the file "database"' : 'its file "database" differs';
  return `STORAGE_DIR is not ${what} (${why}): name that folder, ${way}`;
}
