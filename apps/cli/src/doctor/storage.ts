import { AppError } from "@winnow/contracts";
import { adoptStorageFolder, checkStorageWritable, storageFault } from "@winnow/store";
import { withStore } from "../database/data-place.js";
import { type Finding, ok, problem, problemOf, warning, whyNot } from "./finding.js";

/** Whether files can be made in the storage folder, and whether it is the database's. */
export async function checkStorage(
  storageDir: string,
  databaseUrl: string,
  adopt: boolean,
): Promise<Finding[]> {
  try {
    await checkStorageWritable(storageDir);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [problemOf("storage", error.message)];
  }
  return [ok("storage", `${storageDir} can be written`), await checkOwner()];

  async function checkOwner(): Promise<Finding> {
    try {
      return await withStore(databaseUrl, async (store) => {
        if (adopt) await adoptStorageFolder(store, storageDir);
        const fault = await storageFault(store, storageDir);
        if (fault !== null) return problemOf("shared", fault);
        return ok(
          "shared",
          adopt ? "it is this database's folder from now on" : "no other database has it",
        );
      });
    } catch (error) {
      const why = `not known: ${whyNot(error)}`;
      return (adopt ? problem : warning)(
        "shared",
        why,
        "once Postgres is fit and migrated, run winnow doctor again",
      );
    }
  }
}
