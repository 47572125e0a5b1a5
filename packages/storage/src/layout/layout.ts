import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import { isBelow } from "../contained/contained-path.js";

// Every folder below STORAGE_DIR, and what is in it. A key is a path below STORAGE_DIR with slashes,
// as rows and backups hold it.
//
//   uploads/<upload id>                    a whole upload; <upload id>.part is one under way
//   downloads/<random>                     a fetched URL, while a job reads it
//   tokens/<dataset id>-<hash>.<kind>      what the folds of a run share, see shared-files.ts
//   encoded/<encoder>/<random>             vectors that an encoder gave texts, by text
//   checkpoints/<task id>/<state>          a fold's training, see checkpoint-names.ts
//   models/<run id>/fold-<n>/epoch-<n>/    a kept model; epoch-<n>.<attempt>.part is being written
//   memory/<worker id>                     the mark of a worker whose memory is nearly full
//   database                               the mark by which its database knows the folder

export const STORAGE_FOLDERS = [
  "uploads",
  "downloads",
  "tokens",
  "encoded",
  "checkpoints",
  "models",
] as const;
export type StorageFolder = (typeof STORAGE_FOLDERS)[number];

/** Where STORAGE_DIR lies in the data folder of `winnow up`. */
export const storageDirOf = (dataDir: string): string => resolve(dataDir, "storage");

/** Where the mark lies by which a database knows its storage folder. */
export const storageMarkPath = (storageDir: string): string => join(storageDir, "database");

/** Where the marks lie of workers whose memory is nearly full. */
export const memoryMarksPath = (storageDir: string): string => join(storageDir, "memory");

export const folderPath = (storageDir: string, folder: StorageFolder): string =>
  join(storageDir, folder);

/** The path of a key. Throws a plain error for one that leaves STORAGE_DIR: our own fault. */
export function storedPath(storageDir: string, key: string): string {
  const path = join(storageDir, key);
  if (!isBelow(storageDir, path)) throw new Error(`storage key ${key} leaves its folder`);
  return path;
}

export const uploadKey = (uploadId: string): string => inFolder("uploads", uploadId);

/** A key that nobody else has. */
export const newDownloadKey = (): string => inFolder("downloads", randomUUID());

export const checkpointsKey = (taskId: string): string => inFolder("checkpoints", taskId);

/** All models of a run. */
export const runModelsKey = (runId: string): string => inFolder("models", runId);

/** One fold's models, one folder per epoch. */
export const foldModelsKey = (runId: string, fold: number): string =>
  `${runModelsKey(runId)}/fold-${fold}`;

export const modelKey = (runId: string, fold: number, epoch: number): string =>
  `${foldModelsKey(runId, fold)}/${modelName(epoch)}`;

/** The name of an epoch's folder in its fold's. */
export const modelName = (epoch: number): string => `epoch-${epoch}`;

/** Whether a path below a run's models is a file of a whole model. */
export const isModelFile = (path: string): boolean => /^fold-\d+\/epoch-\d+\/[^/]+$/.test(path);

const inFolder = (folder: StorageFolder, name: string): string => `${folder}/${name}`;
