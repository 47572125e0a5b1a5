import { Worker } from "node:worker_threads";
import { AppError, CORPUS_CODES, type UploadPreview } from "@winnow/contracts";
import type { FilePreviewOptions } from "./preview-file.js";
import type { PreviewOutcome, PreviewTask } from "./preview-thread.js";

const maxMemoryMb = 512;
const maxMs = 30_000;

/**
 * Looks at the head of a stored file, in a thread of its own: other requests are served meanwhile,
 * and a hostile file costs a bounded time and memory. Throws the problem of a file that is no
 * dataset at all, and `corpus-invalid` for one that is too much for a preview.
 */
export async function previewUpload(
  path: string,
  options: FilePreviewOptions,
): Promise<UploadPreview> {
  const task: PreviewTask = { path, options };
  const thread = new Worker(new URL("./preview-thread.js", import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb },
  });
  const timer = setTimeout(() => void thread.terminate(), maxMs);
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
      reject(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? tooMuch(error) : error),
    );
    thread.once("exit", () => reject(tooMuch()));
  });
}

const tooMuch = (cause?: Error): AppError =>
  new AppError(
    "corpus-invalid",
    `The head of the file takes more than ${maxMs / 1000} s or ${maxMemoryMb} MB to read. A parquet file is read by row groups: write smaller ones, or ingest it unseen.`,
    { cause },
  );
