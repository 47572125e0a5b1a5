import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type EpochVote,
  type FoldTrainingParams,
  keepsModels,
  MODEL_FILES,
} from "@winnow/contracts";
import {
  changedAt,
  checkpointsKey,
  heldOutEpoch,
  isModelFile,
  modelKey,
  namesIn,
  newestCheckpoints,
  partOf,
  readChunks,
  runModelsKey,
  storedPath,
  writeHashed,
  writeNewFile,
} from "@winnow/storage";
import type pg from "pg";
import { epochsThatCount } from "../cross-validations/epoch-vote.js";
import type { StoredEntry } from "./manifest.js";

/** The files that the rows of the snapshot name. */
export interface NamedFiles {
  /** Of whole uploads and of models that count; each should be there. */
  readonly expected: readonly string[];
  /** Of uploads under way: none before the first byte. */
  readonly unfinished: readonly string[];
  /** Tasks that have not ended: a worker resumes from their last checkpoint. */
  readonly openTasks: readonly string[];
  /** Runs that may still end: which epoch's models count is not known. */
  readonly openRuns: readonly string[];
}

interface KeptModels {
  id: string;
  choice: EpochVote["choice"];
  elected: number | null;
  fold: number;
  epochs: { epoch: number; heldOutLoss: number | null }[];
}

const FOLDS_OF = `SELECT c.id, c.epoch_choice AS choice, c.chosen_epoch AS elected, f.fold, f.epochs
  FROM cross_validations c JOIN folds f ON f.cross_validation_id = c.id
  WHERE c.id = ANY($1) ORDER BY c.id, f.fold`;

export async function namedFiles(db: pg.ClientBase): Promise<NamedFiles> {
  const { rows } = await db.query<{ path: string; whole: boolean }>(
    "SELECT storage_key AS path, sha256 IS NOT NULL AS whole FROM uploads ORDER BY id",
  );
  const tasks = await db.query<{ id: string }>(
    "SELECT id FROM tasks WHERE state IN ('queued', 'running') ORDER BY id",
  );
  const runs = await db.query<{
    id: string;
    ready: boolean;
    configuration: Partial<FoldTrainingParams>;
  }>("SELECT id, state = 'ready' AS ready, configuration FROM cross_validations ORDER BY id");
  const kept = runs.rows.filter(({ ready, configuration }) => ready && keepsModels(configuration));
  const models = await db.query<KeptModels>(FOLDS_OF, [kept.map(({ id }) => id)]);
  const modelFiles = models.rows.flatMap(({ id, choice, elected, fold, epochs }) =>
    epochsThatCount(choice, elected, epochs).flatMap(({ epoch }) =>
      MODEL_FILES.map((file) => `${modelKey(id, fold, epoch)}/${file}`),
    ),
  );
  return {
    expected: [...rows.filter(({ whole }) => whole).map(({ path }) => path), ...modelFiles],
    unfinished: rows.filter(({ whole }) => !whole).map(({ path }) => partOf(path)),
    openTasks: tasks.rows.map(({ id }) => id),
    openRuns: runs.rows.filter(({ ready }) => !ready).map(({ id }) => id),
  };
}

interface CopyOptions {
  readonly storageDir: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

type Copied = Map<string, StoredEntry>;

/** Copies them into the backup's folder. Returns those that are missing although they were expected. */
export async function copyFiles(
  { expected, unfinished, openTasks, openRuns }: NamedFiles,
  part: string,
  { storageDir, signal, onProgress }: CopyOptions,
): Promise<{ files: StoredEntry[]; missing: string[] }> {
  const copied: Copied = new Map();
  const missing: string[] = [];
  const total = expected.length + unfinished.length + openTasks.length + openRuns.length;
  let done = 0;
  const tell = () => onProgress?.("files", done++, total);
  const place = { storageDir, part, signal, copied };
  for (const path of expected) {
    tell();
    if (!(await copy(place, path))) missing.push(path);
  }
  for (const path of unfinished) {
    tell();
    await copy(place, path);
  }
  for (const id of openTasks) {
    tell();
    await copyState(place, checkpointsKey(id));
  }
  for (const id of openRuns) {
    tell();
    await copyModels(place, runModelsKey(id));
  }
  return { files: [...copied.values()], missing };
}

interface Place {
  readonly storageDir: string;
  readonly part: string;
  readonly signal: AbortSignal;
  readonly copied: Copied;
}

/** Whether the file was there. */
async function copy({ storageDir, part, signal, copied }: Place, path: string): Promise<boolean> {
  signal.throwIfAborted();
  const target = join(part, "files", path);
  try {
    const chunks = readChunks(storedPath(storageDir, path));
    const written = await writeNewFile(target, (file) => writeHashed(file, chunks, signal));
    copied.set(path, { path, ...written });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await rm(target, { force: true });
    return false;
  }
}

/**
 * Copies a fold's newest state, and looks again if the fold in training replaces it meanwhile. The
 * predictions of earlier epochs are copied after the state, so all of them are there. If some are
 * gone, the fold has ended meanwhile, and its state is useless without them.
 */
async function copyState(place: Place, folder: string): Promise<void> {
  for (let looks = 0; looks < 10; looks++) {
    const [newest] = newestCheckpoints(await namesIn(storedPath(place.storageDir, folder)));
    if (newest === undefined) return;
    if (!(await copy(place, `${folder}/${newest}`))) continue;
    const names = await namesIn(storedPath(place.storageDir, folder));
    const epochs = names.filter((name) => heldOutEpoch(name) !== null);
    const paths = epochs.map((name) => `${folder}/${name}`);
    let whole = await stillThere(place, folder);
    for (const path of paths) whole = whole && (await copy(place, path));
    if (whole) return;
    for (const path of [`${folder}/${newest}`, ...paths]) {
      place.copied.delete(path);
      await rm(join(place.part, "files", path), { force: true });
    }
    return;
  }
}

/** Copies the models of every epoch: which one counts is known once all folds are done. */
async function copyModels(place: Place, folder: string): Promise<void> {
  const files = await readdir(storedPath(place.storageDir, folder), { recursive: true }).catch(
    () => [],
  );
  for (const file of files.filter(isModelFile).sort()) {
    await copy(place, `${folder}/${file}`);
  }
}

const stillThere = async ({ storageDir }: Place, folder: string): Promise<boolean> =>
  (await changedAt(storedPath(storageDir, folder))) !== null;
