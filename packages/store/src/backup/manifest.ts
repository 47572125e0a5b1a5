import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDownward } from "@winnow/storage";
import { z } from "zod";
import { BackupError } from "./backup-error.js";

// A backup is a folder: manifest.json, manifest.sha256, tables/*.copy (PostgreSQL's binary COPY) and
// files/, the stored files that the rows name.

export const MANIFEST = "manifest.json";
export const MANIFEST_SUM = "manifest.sha256";

const Sum = z.string().regex(/^[0-9a-f]{64}$/);
const Bytes = z.int().min(0);
/** Names go into SQL, quoted; our own tables and columns need no other characters. */
const Name = z.string().regex(/^[a-z_][a-z0-9_]*$/);
/** Relative, downward only. */
const Path = z
  .string()
  .max(4096)
  .refine((path) => !path.includes("\0") && !path.includes("\\"), "has strange characters")
  .refine(isDownward, "leaves its folder");

const Stored = z.strictObject({ path: Path, bytes: Bytes, sha256: Sum });
export type StoredEntry = z.infer<typeof Stored>;

const TableEntry = Stored.extend({
  table: Name,
  /** Of a partition of the table: its dataset's or cross-validation's key. */
  partitionKey: z.int().nullable(),
  /** Of the rows of one epoch, where the folds of an unfinished run vote on it. */
  epoch: z.int().nullable(),
  columns: z.array(Name).min(1),
  rows: Bytes,
});
export type TableEntry = z.infer<typeof TableEntry>;

export const Manifest = z.strictObject({
  format: z.literal("winnow-backup-1"),
  /** When the snapshot was taken: what was committed before is in it, and nothing later. */
  snapshotAt: z.iso.datetime(),
  postgres: z.string(),
  migrations: z.array(z.strictObject({ name: z.string(), checksum: Sum })).min(1),
  /** In an order that keeps every foreign key. */
  tables: z.array(TableEntry),
  sequences: z.array(
    z.strictObject({ name: Name, lastValue: z.string().regex(/^\d+$/), isCalled: z.boolean() }),
  ),
  /** Paths below the storage folder. */
  files: z.array(Stored),
  /** Files that rows name and that were not there. */
  missing: z.array(z.string()),
});
export type Manifest = z.infer<typeof Manifest>;

/** The two small files that make a folder a backup. */
export function encodeManifest(manifest: Manifest): { json: string; sum: string } {
  const json = `${JSON.stringify(Manifest.parse(manifest), null, 1)}\n`;
  // As sha256sum writes and reads it.
  return { json, sum: `${sha256Of(json)}  ${MANIFEST}\n` };
}

/** Reads and checks the manifest. Throws `not-a-backup`, `backup-damaged`. */
export async function readManifest(folder: string): Promise<Manifest> {
  const [json, sum] = await Promise.all(
    [MANIFEST, MANIFEST_SUM].map((name) =>
      readFile(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
        return null;
      }),
    ),
  );
  if (!json || !sum) {
    throw new BackupError(
      "not-a-backup",
      `${folder} holds no ${MANIFEST} and ${MANIFEST_SUM}; name a folder that \`winnow backup\` made.`,
    );
  }
  if (sum.toString("latin1").slice(0, 64) !== sha256Of(json)) throw damaged(MANIFEST);
  const parsed = Manifest.safeParse(JSON.parse(json.toString("utf8")));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new BackupError(
    "not-a-backup",
    `${join(folder, MANIFEST)} cannot be read by this version (${issue?.path.join(".")}: ${issue?.message}).`,
  );
}

export const damaged = (path: string, why = "its checksum does not match") =>
  new BackupError(
    "backup-damaged",
    `${path} of the backup is damaged: ${why}. Nothing was restored.`,
  );

const sha256Of = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");
