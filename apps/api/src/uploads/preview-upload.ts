import { Worker } from "node:worker_threads";
import { AppError, CORPUS_CODES, type UploadPreview } from "@winnow/contracts";
import type { FilePreviewOptions } from "./preview-file.js";
import type { PreviewOutcome, PreviewTask } from "./preview-thread.js";

const MAX_MEMORY_MB = 512;
const TIMEOUT_MS = 30_000;

/**
 * Reads the start of a stored file in a thread of its own, so that other requests are served
 * meanwhile and a hostile file costs limited time and memory. Throws the problem of a file that is
 * not a dataset, and `corpus-invalid` for one that is too large for a preview.
 */
export async function previewUpload(
  path: string,
  options: FilePreviewOptions,
): Promise<UploadPreview> {
  const task: PreviewTask = { path, options };
  const thread = new Worker(new URL("./preview-thread.js", import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB },
  });
  const timer = setTimeout(() => void thread.terminate(), TIMEOUT_MS);
  try {
    const outcome = await outcomeOf(thread);
    if ("preview" in outcome) return outcome.preview;
    throw new AppError(CORPUS_CODES[outcome.fault.code], outcome.fault.message);
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}

function outcomeOf(thread: Worker): Promise<PreviewOutcome> {
  return new Promise((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? tooLarge(error) : error),
    );
    thread.once("exit", () => reject(tooLarge()));
  });
}

const tooLarge = (cause?: Error): AppError =>
  new AppError(
    "corpus-invalid",
    `Reading the start of the file takes more than ${TIMEOUT_MS / 1000} s or ${MAX_MEMORY_MB} MB. Parquet files are read by row group: write smaller ones, or ingest the file without a preview.`,
    { cause },
  );
