import { parentPort, workerData } from "node:worker_threads";
import type { UploadPreview } from "@winnow/contracts";
import { CorpusError, type CorpusErrorCode } from "@winnow/corpus";
import { type FilePreviewOptions, previewFile } from "./preview-file.js";

/** The input of the thread. */
export interface PreviewTask {
  readonly path: string;
  readonly options: FilePreviewOptions;
}

/** Its one message. Error classes do not survive the transfer between threads. */
export type PreviewOutcome =
  | { readonly preview: UploadPreview }
  | { readonly fault: { readonly code: CorpusErrorCode; readonly message: string } };

const { path, options } = workerData as PreviewTask;
try {
  post({ preview: await previewFile(path, options) });
} catch (error) {
  if (!(error instanceof CorpusError)) throw error;
  post({ fault: { code: error.code, message: error.message } });
}

function post(outcome: PreviewOutcome): void {
  parentPort?.postMessage(outcome);
}
