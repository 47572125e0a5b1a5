import { AppError } from "@winnow/contracts";
import { fullStorage } from "@winnow/storage";
import { CheckpointStoreUnreachable } from "./checkpoint-store.js";
import type { S3Place } from "./place.js";

/** Errors of the network, without those of TLS: waiting does not repair a wrong certificate. */
const NETWORK = /^E(?!RR_)[A-Z]+(_AGAIN)?$/;

/**
 * What an error of the S3 library means to a task: `CheckpointStoreUnreachable` if the bucket may
 * answer later, else an `AppError`.
 */
export function s3Error(place: S3Place, cause: unknown): Error {
  const { name, status, code } = answerOf(cause);
  const bucket = bucketOf(place);
  if (fullStorage(cause)?.place === "bucket") {
    const detail = `The bucket ${bucket} is full (${name}). Free space or raise its quota, then retry the job.`;
    return new AppError("storage-full", detail, { cause });
  }
  const isBusy = status !== undefined && (status >= 500 || status === 429 || status === 408);
  const isSilent = status === undefined && (name === "TimeoutError" || NETWORK.test(code));
  if (isBusy || isSilent) {
    const detail = `The bucket ${bucket} does not answer: ${describe(cause)}.`;
    return new CheckpointStoreUnreachable(detail, { cause });
  }
  const detail = `The bucket ${bucket} refuses a checkpoint: ${describe(cause)}.`;
  return new AppError("training-failed", detail, { cause });
}

/** The bucket, for messages. */
export const bucketOf = ({ bucket, endpoint }: S3Place): string =>
  endpoint === null ? bucket : `${bucket} at ${endpoint}`;

/** Name and message of an error of the S3 library, without a full stop. */
export function describe(error: unknown): string {
  const { name, code } = answerOf(error);
  // A connection to a name with several addresses fails without a message.
  const message = (error instanceof Error && error.message) || code;
  const text = message === "" || message === name ? name : `${name}: ${message}`;
  return text.replace(/\.$/, "");
}

function answerOf(error: unknown) {
  if (!(error instanceof Error)) return { name: String(error), status: undefined, code: "" };
  const { $metadata, code } = error as {
    $metadata?: { httpStatusCode?: number };
    code?: unknown;
  };
  return { name: error.name, status: $metadata?.httpStatusCode, code: String(code ?? "") };
}
