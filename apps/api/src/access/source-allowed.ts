import type { Stats } from "node:fs";
import { AppError, type DatasetSource, type FoldTrainingParams } from "@winnow/contracts";
import { realPathBelow } from "@winnow/storage";

/** Where datasets may be read from besides uploads. */
export interface AllowedSources {
  /** Absolute; without it `path` sources are refused. */
  readonly ingestRoot: string | undefined;
  readonly urlSources?: boolean;
}

/**
 * Lets uploads and datasets through, `url` sources where they are on, and `path` sources that are
 * files below `ingestRoot` once links are followed. Throws `source-not-allowed` (also for what is
 * not there: it tells nothing of the disk) and `not-implemented`. The worker asks again when it
 * opens the file, and guards the addresses that it connects to.
 */
export async function assertSourceAllowed(
  source: DatasetSource,
  { ingestRoot, urlSources }: AllowedSources,
): Promise<void> {
  if (source.type === "url") return assertUrlAllowed(source.url, urlSources === true);
  if (source.type !== "path") return;
  const errors = [{ pointer: "/source/path", detail: "Not a file that may be read" }];
  if (ingestRoot === undefined) {
    const detail = "path sources are off; set INGEST_ROOT to a folder to read from, or upload.";
    throw new AppError("source-not-allowed", detail, { errors });
  }
  if (!(await below(ingestRoot, source.path))?.isFile()) {
    throw new AppError("source-not-allowed", "The path is no file below INGEST_ROOT.", { errors });
  }
}

function assertUrlAllowed(url: string, urlSources: boolean): void {
  if (!urlSources) {
    throw new AppError("not-implemented", "url sources are off; upload the file.", {
      errors: [{ pointer: "/source/type", detail: "Use an upload" }],
    });
  }
  const { protocol, username, password } = new URL(url);
  if (protocol === "https:" && username === "" && password === "") return;
  throw new AppError("source-not-allowed", "A url source is https, without a user or password.", {
    errors: [{ pointer: "/source/url", detail: "Not an address that may be read" }],
  });
}

/**
 * Lets trainings through that start from random weights, or from a folder below `modelsDir` once
 * links are followed. Throws `source-not-allowed`. The worker asks again, and reads the folder.
 */
export async function assertCheckpointAllowed(
  { model }: FoldTrainingParams,
  modelsDir: string | undefined,
): Promise<void> {
  if (!model.checkpoint) return;
  const errors = [{ pointer: "/model/checkpoint/path", detail: "Not a folder that may be read" }];
  if (modelsDir === undefined) {
    const detail =
      "Checkpoints are off; set MODELS_DIR, of API and workers, to a folder of models.";
    throw new AppError("source-not-allowed", detail, { errors });
  }
  const found = await below(modelsDir, model.checkpoint.path);
  if (!found?.isDirectory()) {
    throw new AppError("source-not-allowed", "The path is no folder below MODELS_DIR.", { errors });
  }
}

/** What lies at the path, if that is below the root; null without a word for all else. */
async function below(root: string, path: string): Promise<Stats | null> {
  const found = await realPathBelow(root, path).catch(() => null);
  return found?.stats ?? null;
}
