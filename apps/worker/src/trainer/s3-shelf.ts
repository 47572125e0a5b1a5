import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { AppError } from "@winnow/contracts";
import { seal, unseal } from "../sealed-file.js";
import type { S3Place } from "./checkpoint-place.js";
import { type Shelf, ShelfUnreachable } from "./shelf.js";

/** With the library's growing pauses about a minute: an outage of that length fails nothing. */
const ATTEMPTS = 8;
const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 60_000;

/**
 * A shelf below `prefix/taskId/` of a bucket. An object there is whole or not there. Throws
 * `ShelfUnreachable`, and `AppError` for what no later try mends.
 */
export async function s3Shelf(place: S3Place, taskId: string, attempts = ATTEMPTS): Promise<Shelf> {
  const s3 = await loadLibrary();
  const client = openClient(s3, place, attempts);
  const Bucket = place.bucket;
  const folder = `${place.prefix}${taskId}/`;
  const fault = (error: unknown): never => throwFault(place, error);
  const names = async () => {
    const listed = await client
      .send(new s3.ListObjectsV2Command({ Bucket, Prefix: folder }))
      .catch(fault);
    return (listed.Contents ?? []).flatMap(({ Key }) => Key?.slice(folder.length) ?? []);
  };
  const remove = async (name: string) => {
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: folder + name })).catch(fault);
  };
  return {
    names,
    async read(name) {
      try {
        const object = await client.send(new s3.GetObjectCommand({ Bucket, Key: folder + name }));
        const bytes = await object.Body?.transformToByteArray();
        return bytes ? unseal(new Uint8Array(bytes)) : null;
      } catch (error) {
        return error instanceof s3.NoSuchKey ? null : fault(error);
      }
    },
    async write(name, state) {
      const Body = Buffer.concat(seal([state]));
      await client.send(new s3.PutObjectCommand({ Bucket, Key: folder + name, Body })).catch(fault);
    },
    remove,
    async clear() {
      for (const name of await names()) await remove(name);
    },
  };
}

/** Throws where the bucket does not let us in. */
export async function checkBucket(place: S3Place): Promise<void> {
  const s3 = await loadLibrary();
  const client = openClient(s3, place);
  try {
    const { bucket: Bucket, prefix: Prefix } = place;
    await client.send(new s3.ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }));
  } catch (error) {
    throw new Error(
      `The bucket ${whereOf(place)} cannot be used for checkpoints: ${wordsOf(error)}. Check S3_BUCKET, S3_ENDPOINT, S3_REGION and the credentials.`,
      { cause: error },
    );
  } finally {
    client.destroy();
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

function openClient(s3: Library, place: S3Place, maxAttempts = ATTEMPTS): S3Client {
  const settings: S3ClientConfig = {
    region: place.region,
    forcePathStyle: place.pathStyle,
    maxAttempts,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    // The seal is our checksum, and servers that only speak like S3 may not know the library's.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(place.endpoint === null ? {} : { endpoint: place.endpoint }),
    // A copy: the library writes into the object, which then fits no start message of a trainer.
    ...(place.credentials === null ? {} : { credentials: { ...place.credentials } }),
  };
  return new s3.S3Client(settings);
}

/** What full buckets say: MinIO, Ceph. */
const FULL = /^(XMinioStorageFull|XMinioAdminBucketQuotaExceeded|QuotaExceeded)$/;

function throwFault(place: S3Place, cause: unknown): never {
  const { name, status } = answerOf(cause);
  const where = whereOf(place);
  if (FULL.test(name) || status === 507) {
    const detail = `The bucket ${where} takes no more (${name}). Make room or raise its quota, then retry the job.`;
    throw new AppError("storage-full", detail, { cause });
  }
  // No answer, or one that says "later".
  if (status === undefined || status >= 500 || status === 429) {
    throw new ShelfUnreachable(`The bucket ${where} does not answer: ${wordsOf(cause)}`, { cause });
  }
  const detail = `The bucket ${where} refuses a checkpoint: ${wordsOf(cause)}.`;
  throw new AppError("training-failed", detail, { cause });
}

function answerOf(error: unknown): { name: string; status: number | undefined } {
  if (!(error instanceof Error)) return { name: String(error), status: undefined };
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return { name: error.name, status: $metadata?.httpStatusCode };
}

const whereOf = ({ bucket, endpoint }: S3Place): string =>
  endpoint === null ? bucket : `${bucket} at ${endpoint}`;

const wordsOf = (error: unknown): string => {
  const { name } = answerOf(error);
  const message = error instanceof Error ? error.message : "";
  return message === "" || message === name ? name : `${name}: ${message}`;
};
