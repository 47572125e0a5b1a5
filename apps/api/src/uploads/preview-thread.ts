import { parentPort, workerData } from "node:worker_threads";
import type { UploadPreview } from "@winnow/contracts";
import { CorpusError, type CorpusErrorCode } from "@winnow/corpus";
import { type FilePreviewOptions, previewFile } from "./preview-file.js";

/** What the thread is given. */
export interface PreviewTask {
  readonly path: string;
  readonly options: FilePreviewOptions;
}

/** What it tells, once. Errors of classes do not pass between threads. */
export type PreviewOutcome =
  | { readonly preview: UploadPreview }
  | { readonly fault: { readonly code: CorpusErrorCode; readonly message: string } };

const { path, options } = workerData as PreviewTask;
try {
  tell({ preview: await previewFile(path, options) });
} catch (error) {
  if (!(error instanceof CorpusError)) throw error;
  tell({ fault: { code: error.code, message: error.message } });
}

function tell(outcome: PreviewOutcome): void {
  parentPort?.postMessage(outcome);
}
