import {
  ConfidentLearningError,
  type ConfidentLearningErrorCode,
} from "@winnow/confident-learning";
import {
  AppError,
  CONFIDENT_LEARNING_CODES,
  CORPUS_CODES,
  describeJob,
  EMBEDDINGS_CODES,
  type ErrorCode,
  type JobKind,
  TRAINING_CODES,
  translated,
} from "@winnow/contracts";
import { CorpusError, type CorpusErrorCode } from "@winnow/corpus/errors";
import { ReaderError } from "@winnow/reader";
import { type FullPlace, fullStorage } from "@winnow/storage";
import { corpusFieldErrors } from "./corpus-field-errors.js";

CORPUS_CODES satisfies Record<CorpusErrorCode, ErrorCode>;
CONFIDENT_LEARNING_CODES satisfies Record<ConfidentLearningErrorCode, ErrorCode>;

const FULL_PLACES: Readonly<Record<FullPlace, string>> = {
  folder: "in STORAGE_DIR",
  postgres: "on the disk of Postgres",
  bucket: "in S3_BUCKET",
};

/**
 * The error as an `AppError` of the catalogue. An error that is not the caller's becomes the fault
 * code of the job's kind; only the log has its message.
 */
export function asAppError(error: unknown, kind: JobKind): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof CorpusError) {
    return translated(CORPUS_CODES, error, corpusFieldErrors(error));
  }
  if (error instanceof ConfidentLearningError) return translated(CONFIDENT_LEARNING_CODES, error);
  if (error instanceof ReaderError) return readerProblem(error);
  if (isTrainingError(error)) return translated(TRAINING_CODES, error);
  if (isEmbeddingsError(error)) return translated(EMBEDDINGS_CODES, error);
  const full = fullStorage(error);
  if (full) {
    const detail = `No space is left ${FULL_PLACES[full.place]} (${full.code}). Free space, then retry the job.`;
    return new AppError("storage-full", detail, { cause: error });
  }
  return ownFault(kind, error);
}

/** A limit is the file's fault; a kill from elsewhere, or a crash, may not come again. */
function readerProblem(error: ReaderError): AppError {
  const isFiles = error.code === "memory" || error.code === "stalled";
  const detail = `Reading the file failed: ${error.message}.`;
  return new AppError(isFiles ? "file-too-costly" : "task-crashed", detail, { cause: error });
}

/** By name: only the trainer's child may load encoder and linear, and it checks the table. */
const isTrainingError = (error: unknown): error is Error & { code: keyof typeof TRAINING_CODES } =>
  error instanceof Error &&
  (error.name === "EncoderError" || error.name === "LinearError") &&
  "code" in error &&
  Object.hasOwn(TRAINING_CODES, String(error.code));

/** By name as well: only the trainer's child asks endpoints, and it checks the table. */
const isEmbeddingsError = (
  error: unknown,
): error is Error & { code: keyof typeof EMBEDDINGS_CODES } =>
  error instanceof Error &&
  error.name === "EmbeddingsError" &&
  "code" in error &&
  Object.hasOwn(EMBEDDINGS_CODES, String(error.code));

const FAULT_DETAILS = {
  internal: "The task failed with an internal error; see the worker's log.",
  "training-failed": "Training failed with an error; see the worker's log.",
} as const;

function ownFault(kind: JobKind, cause: unknown): AppError {
  const { faultCode } = describeJob(kind);
  return new AppError(faultCode, FAULT_DETAILS[faultCode], { cause });
}
