import type { Stats } from "node:fs";
import {
  AppError,
  checkpointsOf,
  type DatasetSource,
  type FoldTrainingParams,
} from "@winnow/contracts";
import { realPathBelow } from "@winnow/storage";

/** Where datasets may be read from besides uploads. */
export interface AllowedSources {
  /** Absolute; without it `path` sources are refused. */
  readonly ingestRoot: string | undefined;
  readonly urlSources?: boolean;
}

/**
 * Accepts uploads and datasets, `url` sources if they are on, and `path` sources that are files below
 * `ingestRoot` after links are resolved. Throws `not-implemented` and `source-not-allowed`, the
 * latter also for a missing file, so that callers cannot probe the disk. The worker checks again
 * when it opens the file, and checks the addresses that it connects to.
 */
export async function assertSourceAllowed(
  source: DatasetSource,
  { ingestRoot, urlSources }: AllowedSources,
): Promise<void> {
  if (source.type === "url") return assertUrlAllowed(source.url, urlSources === true);
  if (source.type !== "path") return;
  const errors = [{ pointer: "/source/path", detail: "Not a file that can be read" }];
  if (ingestRoot === undefined) {
    const detail =
      "path sources are off; set INGEST_ROOT to the folder to read from, or upload the file.";
    throw new AppError("source-not-allowed", detail, { errors });
  }
  if (!(await below(ingestRoot, source.path))?.isFile()) {
    throw new AppError("source-not-allowed", "The path is not a file below INGEST_ROOT.", {
      errors,
    });
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
  throw new AppError(
    "source-not-allowed",
    "A url source must be https and have no user name or password.",
    {
      errors: [{ pointer: "/source/url", detail: "Not a URL that can be read" }],
    },
  );
}

/**
 * Accepts trainings whose checkpoint and encoder, if they name any, are folders below `modelsDir` after
 * links are resolved. Throws `source-not-allowed`. The worker checks again when it reads the folder.
 */
export async function assertCheckpointAllowed(
  { model }: Pick<FoldTrainingParams, "model">,
  modelsDir: string | undefined,
): Promise<void> {
  for (const { path, pointer } of checkpointsOf(model)) {
    const errors = [{ pointer, detail: "Not a folder that can be read" }];
    if (modelsDir === undefined) {
      const detail =
        "Checkpoints are off; set MODELS_DIR of the API and the workers to the folder of models.";
      throw new AppError("source-not-allowed", detail, { errors });
    }
    const found = await below(modelsDir, path);
    if (!found?.isDirectory()) {
      throw new AppError("source-not-allowed", "The path is not a folder below MODELS_DIR.", {
        errors,
      });
    }
  }
}

/** What the path leads to if that is below the root; null in every other case. */
async function below(root: string, path: string): Promise<Stats | null> {
  const found = await realPathBelow(root, path).catch(() => null);
  return found?.stats ?? null;
}
