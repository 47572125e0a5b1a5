// All cases of `storage-full`, from every source. Postgres and buckets are recognised by the codes
// in their errors, which needs neither library: so API, worker and store can all ask here.

/** Where no space is left. */
export type FullPlace = "folder" | "postgres" | "bucket";

const FULL_CODES: Readonly<Record<FullPlace, readonly string[]>> = {
  // The system: no space, over the quota, over the largest size of a file.
  folder: ["ENOSPC", "EDQUOT", "EFBIG"],
  // disk_full
  postgres: ["53100"],
  // MinIO, MinIO with a quota, Ceph.
  bucket: ["XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded"],
};

/** Insufficient Storage: the status of a full bucket, whatever name its server gives the error. */
const FULL_STATUS = 507;

/** Where no space is left, and the code that says so; null for any other error. */
export function fullStorage(error: unknown): { place: FullPlace; code: string } | null {
  if (!(error instanceof Error)) return null;
  const { code, name, $metadata } = error as Error & {
    readonly code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  for (const place of ["folder", "postgres"] as const) {
    if (FULL_CODES[place].includes(String(code))) return { place, code: String(code) };
  }
  const isFull = FULL_CODES.bucket.includes(name) || $metadata?.httpStatusCode === FULL_STATUS;
  return isFull ? { place: "bucket", code: name } : null;
}
