import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** Written beside a pulled model's files, when they are complete. */
export const RECORD = "winnow-model.json";

const ModelRecord = z.object({
  name: z.string(),
  /** What was asked for: a branch, a tag or a commit. */
  revision: z.string(),
  commit: z.string(),
  hub: z.string(),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
});
export type ModelRecord = z.infer<typeof ModelRecord>;

/** What a folder below MODELS_DIR holds. */
export interface ListedModel {
  /** The folder, as `checkpoint.path` names it. */
  readonly path: string;
  readonly bytes: number;
  /** null: nobody pulled it; it was put there. */
  readonly record: ModelRecord | null;
}

/** The record of a pulled model; null where there is none. */
export async function readRecord(folder: string): Promise<ModelRecord | null> {
  const text = await readFile(join(folder, RECORD), "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return ModelRecord.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Folders with a configuration, at most two levels below `modelsDir`, by name. */
export async function listModels(modelsDir: string): Promise<ListedModel[]> {
  const found: ListedModel[] = [];
  const look = async (path: string, depth: number): Promise<void> => {
    const folder = join(modelsDir, path);
    const entries = await readdir(folder, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    if (depth > 0 && files.some((name) => /config\.json$/.test(name))) {
      const sizes = await Promise.all(
        files.map(async (name) => (await stat(join(folder, name))).size),
      );
      const bytes = sizes.reduce((sum, size) => sum + size, 0);
      found.push({ path, bytes, record: await readRecord(folder) });
      return;
    }
    if (depth === 2) return;
    for (const entry of entries) {
      // A name with a dot is a pull under way.
      if (entry.isDirectory() && !entry.name.startsWith(".")) {
        await look(path === "" ? entry.name : `${path}/${entry.name}`, depth + 1);
      }
    }
  };
  await look("", 0);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}
