import { realpath, stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { AppError, type DatasetSource } from "@winnow/contracts";

/**
 * Lets uploads through, and `path` sources that are files below `ingestRoot` once links are
 * followed. Throws `source-not-allowed` (also for what is not there: it tells nothing of the disk)
 * and `not-implemented` for url sources. The worker asks again when it opens the file.
 */
export async function assertSourceAllowed(
  source: DatasetSource,
  ingestRoot: string | undefined,
): Promise<void> {
  if (source.type === "url") {
    throw new AppError("not-implemented", "url sources are not available; upload the file.", {
      errors: [{ pointer: "/source/type", detail: "Use an upload" }],
    });
  }
  if (source.type !== "path") return;
  const errors = [{ pointer: "/source/path", detail: "Not a file that may be read" }];
  if (ingestRoot === undefined) {
    const detail = "path sources are off; set INGEST_ROOT to a folder to read from, or upload.";
    throw new AppError("source-not-allowed", detail, { errors });
  }
  if (!(await isFileBelow(ingestRoot, resolve(ingestRoot, source.path)))) {
    throw new AppError("source-not-allowed", "The path is no file below INGEST_ROOT.", { errors });
  }
}

async function isFileBelow(root: string, path: string): Promise<boolean> {
  try {
    const [realRoot, realFile] = await Promise.all([realpath(root), realpath(path)]);
    const folder = realRoot.endsWith(sep) ? realRoot : realRoot + sep;
    return realFile.startsWith(folder) && (await stat(realFile)).isFile();
  } catch {
    return false;
  }
}
