import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { seal, unseal } from "@winnow/storage";
import pRetry from "p-retry";
import { type CheckpointStore, CheckpointStoreUnreachable } from "./checkpoint-store.js";
import type { S3Place } from "./place.js";
import { bucketOf, describe, s3Error } from "./s3-errors.js";

/** Attempts of the library at one request, within a second or two. */
const ATTEMPTS = 3;
/** How long a call waits for a bucket that does not answer: a shorter outage fails no task. */
const PATIENCE_MS = 60_000;
const START_PATIENCE_MS = 30_000;
const PAUSE_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Of a connection without traffic. The time of a whole request depends on the state's size. */
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
  const retried = <T>(work: () => Promise<T>) => retryOnOutage(place, patienceMs, work);
  const names = () =>
    retried(async () => {
      const found: string[] = [];
      for await (const page of s3.paginateListObjectsV2({ client }, { Bucket, Prefix: folder })) {
        for (const { Key } of page.Contents ?? []) if (Key) found.push(Key.slice(folder.length));
      }
      return found;
    });
  const remove = async (name: string) => {
    await retried(() => client.send(new s3.DeleteObjectCommand({ Bucket, Key: folder + name })));
  };
  return {
    names,
    read: (name) =>
      retried(async () => {
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
      await retried(() => client.send(new s3.PutObjectCommand(put)));
    },
    remove,
    async clear() {
      for (const name of await names()) await remove(name);
    },
  };
}

/**
 * Throws an error for the worker's operator: at once if the bucket refuses access, and after
 * `patienceMs` if it does not answer.
 */
export async function checkBucket(place: S3Place, patienceMs = START_PATIENCE_MS): Promise<void> {
  const s3 = await loadLibrary();
  const client = clientOf(s3, place);
  const { bucket: Bucket, prefix: Prefix } = place;
  try {
    await retryOnOutage(place, patienceMs, () =>
      client.send(new s3.ListObjectsV2Command({ Bucket, Prefix })),
    );
  } catch (error) {
    const { cause, message } = error as Error;
    throw new Error(
      error instanceof CheckpointStoreUnreachable
        ? `${message} Waited ${patienceMs / 1000} s. Is it up, and is S3_ENDPOINT right?`
        : `The bucket ${bucketOf(place)} cannot be used for checkpoints: ${describe(cause)}. Check S3_BUCKET, S3_ENDPOINT, S3_REGION and the credentials.`,
      { cause },
    );
  }
}

/** Retries the work while the bucket does not answer; throws the last error as `s3Error` returns it. */
function retryOnOutage<T>(place: S3Place, patienceMs: number, work: () => Promise<T>): Promise<T> {
  const attempt = () =>
    work().catch((error: unknown) => {
      throw s3Error(place, error);
    });
  return pRetry(attempt, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: PAUSE_MS,
    factor: 1,
    maxRetryTime: patienceMs,
    shouldRetry: ({ error }) => error instanceof CheckpointStoreUnreachable,
  });
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

/** One client for each place: it keeps connections open. */
const CLIENTS = new WeakMap<S3Place, S3Client>();

function clientOf(s3: Library, place: S3Place): S3Client {
  const known = CLIENTS.get(place);
  if (known) return known;
  const settings: S3ClientConfig = {
    region: place.region,
    forcePathStyle: place.pathStyle,
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: IDLE_TIMEOUT_MS },
    // The seal is our checksum, and other servers with an S3 API may not know the library's.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(place.endpoint === null ? {} : { endpoint: place.endpoint }),
    // A copy: the library adds keys to the object, which a trainer's start message then refuses.
    ...(place.credentials === null ? {} : { credentials: { ...place.credentials } }),
  };
  const client = new s3.S3Client(settings);
  CLIENTS.set(place, client);
  return client;
}
