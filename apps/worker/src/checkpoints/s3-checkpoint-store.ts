import { setTimeout as sleep } from "node:timers/promises";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { AppError } from "@winnow/contracts";
import { seal, unseal } from "@winnow/storage";
import { type CheckpointStore, CheckpointStoreUnreachable } from "./checkpoint-store.js";
import type { S3Place } from "./place.js";

/** Of one request: what passes in a moment is tried again by the library. */
const ATTEMPTS = 3;
/** So long a bucket that does not answer is waited for: an outage of that length fails nothing. */
const PATIENCE_MS = 60_000;
const START_PATIENCE_MS = 30_000;
const PAUSE_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Of a connection on which nothing moves; how long a whole request takes depends on the state. */
const IDLE_TIMEOUT_MS = 20_000;

/**
 * A checkpoint store below `prefix/taskId/` of a bucket, where an object is written whole or not at
 * all. Throws `CheckpointStoreUnreachable` when the bucket has not answered for about `patienceMs`, and
 * `AppError` at once for an error that a retry cannot fix.
 */
export async function s3CheckpointStore(
  place: S3Place,
  taskId: string,
  patienceMs = PATIENCE_MS,
): Promise<CheckpointStore> {
  const s3 = await loadLibrary();
  const client = clientOf(s3, place);
  const Bucket = place.bucket;
  const folder = `${place.prefix}${taskId}/`;
  const patiently = <T>(work: () => Promise<T>) => outlasting(place, patienceMs, work);
  const names = () =>
    patiently(async () => {
      const found: string[] = [];
      for await (const page of s3.paginateListObjectsV2({ client }, { Bucket, Prefix: folder })) {
        for (const { Key } of page.Contents ?? []) if (Key) found.push(Key.slice(folder.length));
      }
      return found;
    });
  const remove = async (name: string) => {
    await patiently(() => client.send(new s3.DeleteObjectCommand({ Bucket, Key: folder + name })));
  };
  return {
    names,
    read: (name) =>
      patiently(async () => {
        try {
          const object = await client.send(new s3.GetObjectCommand({ Bucket, Key: folder + name }));
          const bytes = await object.Body?.transformToByteArray();
          return bytes ? unseal(new Uint8Array(bytes)) : null;
        } catch (error) {
          if (error instanceof s3.NoSuchKey) return null;
          throw error;
        }
      }),
    async write(name, state) {
      const put = { Bucket, Key: folder + name, Body: Buffer.concat(seal([state])) };
      await patiently(() => client.send(new s3.PutObjectCommand(put)));
    },
    remove,
    async clear() {
      for (const name of await names()) await remove(name);
    },
  };
}

/**
 * Throws, in words for whoever runs the worker: at once where the bucket does not let us in, and
 * after `patienceMs` where it does not answer.
 */
export async function checkBucket(place: S3Place, patienceMs = START_PATIENCE_MS): Promise<void> {
  const s3 = await loadLibrary();
  const client = clientOf(s3, place);
  const { bucket: Bucket, prefix: Prefix } = place;
  try {
    await outlasting(place, patienceMs, () =>
      client.send(new s3.ListObjectsV2Command({ Bucket, Prefix })),
    );
  } catch (fault) {
    const { cause, message } = fault as Error;
    throw new Error(
      fault instanceof CheckpointStoreUnreachable
        ? `${message} Waited ${patienceMs / 1000} s. Is it up, and is S3_ENDPOINT right?`
        : `The bucket ${whereOf(place)} cannot be used for checkpoints: ${wordsOf(cause)}. Check S3_BUCKET, S3_ENDPOINT, S3_REGION and the credentials.`,
      { cause },
    );
  }
}

/** Does the work again while the bucket does not answer; throws what `faultOf` makes of the last error. */
async function outlasting<T>(
  place: S3Place,
  patienceMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const fault = faultOf(place, error);
      const late = performance.now() + PAUSE_MS > deadline;
      if (late || !(fault instanceof CheckpointStoreUnreachable)) throw fault;
      await sleep(PAUSE_MS);
    }
  }
}

type Library = typeof import("@aws-sdk/client-s3");

async function loadLibrary(): Promise<Library> {
  try {
    return await import("@aws-sdk/client-s3");
  } catch (cause) {
    throw new Error(
      "CHECKPOINT_STORE=s3 needs the package @aws-sdk/client-s3, which is not installed here: npm i @aws-sdk/client-s3",
      { cause },
    );
  }
}

/** One for each place: it keeps connections open. */
const clients = new WeakMap<S3Place, S3Client>();

function clientOf(s3: Library, place: S3Place): S3Client {
  const known = clients.get(place);
  if (known) return known;
  const settings: S3ClientConfig = {
    region: place.region,
    forcePathStyle: place.pathStyle,
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: IDLE_TIMEOUT_MS },
    // The seal is our checksum, and servers that only speak like S3 may not know the library's.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(place.endpoint === null ? {} : { endpoint: place.endpoint }),
    // A copy: the library writes into the object, which then fits no start message of a trainer.
    ...(place.credentials === null ? {} : { credentials: { ...place.credentials } }),
  };
  const client = new s3.S3Client(settings);
  clients.set(place, client);
  return client;
}

/** What full buckets say: MinIO, Ceph. */
const FULL = /^(XMinioStorageFull|XMinioAdminBucketQuotaExceeded|QuotaExceeded)$/;

/** What the network says, not the TLS above it: a wrong certificate does not pass. */
const NETWORK = /^E(?!RR_)[A-Z]+(_AGAIN)?$/;

function faultOf(place: S3Place, cause: unknown): Error {
  const { name, status, code } = answerOf(cause);
  const where = whereOf(place);
  if (FULL.test(name) || status === 507) {
    const detail = `The bucket ${where} takes no more (${name}). Make room or raise its quota, then retry the job.`;
    return new AppError("storage-full", detail, { cause });
  }
  // No answer, or one that says "later".
  const later = status !== undefined && (status >= 500 || status === 429 || status === 408);
  const silent = status === undefined && (name === "TimeoutError" || NETWORK.test(code));
  if (later || silent) {
    const detail = `The bucket ${where} does not answer: ${wordsOf(cause)}.`;
    return new CheckpointStoreUnreachable(detail, { cause });
  }
  const detail = `The bucket ${where} refuses a checkpoint: ${wordsOf(cause)}.`;
  return new AppError("training-failed", detail, { cause });
}

function answerOf(error: unknown) {
  if (!(error instanceof Error)) return { name: String(error), status: undefined, code: "" };
  const { $metadata, code } = error as {
    $metadata?: { httpStatusCode?: number };
    code?: unknown;
  };
  return { name: error.name, status: $metadata?.httpStatusCode, code: String(code ?? "") };
}

const whereOf = ({ bucket, endpoint }: S3Place): string =>
  endpoint === null ? bucket : `${bucket} at ${endpoint}`;

const wordsOf = (error: unknown): string => {
  const { name, code } = answerOf(error);
  // A connection to a name with several addresses fails without a message.
  const message = (error instanceof Error && error.message) || code;
  const words = message === "" || message === name ? name : `${name}: ${message}`;
  return words.replace(/\.$/, "");
};
