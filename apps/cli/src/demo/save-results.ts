import { mkdirSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { extname, join } from "node:path";
import { ApiError, allItems, type Client } from "@winnow/client";
import { saveStream } from "../files/save-stream.js";

/** The ids of what a demo has made. */
export interface DemoIds {
  readonly datasetId: string;
  readonly crossValidationId: string;
  readonly pruningId: string;
}

/** The absolute paths of report, exports and arrays. */
export interface DemoFiles {
  readonly report: string;
  readonly readable: string;
  readonly cleaned: string;
  readonly noise: string;
  /** The lines that were not kept; null if there are none. */
  readonly rejects: string | null;
  readonly probabilities: string;
  readonly labels: string;
  readonly folds: string;
  /** Null if an id is too long for an array; the exports have it. */
  readonly ids: string | null;
}

/** In which format and with which columns the rows are saved. */
export type SavedRows = "as-the-file" | "jsonl";

/**
 * Saves the cleaned and the noise rows, the rejected lines, and the arrays that numpy reads, below
 * `out`. As the file: in its format, the cleaned rows with its columns, the noise rows with
 * Winnow's after them.
 */
export async function saveResults(
  client: Client,
  { datasetId, crossValidationId, pruningId }: DemoIds,
  out: string,
  rows: SavedRows,
  signal: AbortSignal,
): Promise<DemoFiles> {
  mkdirSync(out, { recursive: true });
  const save = async (split: "cleaned" | "noise"): Promise<string> => {
    const asTheFile = {
      format: "source",
      columns: split === "cleaned" ? "source" : "all",
    } as const;
    const { body, headers } = await client.request("exportPruning", {
      params: { id: pruningId },
      query: { split, ...(rows === "jsonl" ? { format: "jsonl" } : asTheFile) },
      signal,
    });
    if (body === null) throw new Error("the service answered without a body");
    const [, name = ""] = /filename="([^"]*)"/.exec(headers.get("content-disposition") ?? "") ?? [];
    const file = join(out, split + extname(name));
    await saveStream(body, file, signal);
    return file;
  };
  const part = async (name: "probabilities" | "labels" | "folds" | "ids"): Promise<string> => {
    const file = join(out, `${name}.npy`);
    const asked = { params: { id: crossValidationId }, query: { part: name }, signal };
    await saveStream(await client.download("getProbabilities", asked), file, signal);
    return file;
  };
  return {
    report: join(out, "report.json"),
    readable: join(out, "report.txt"),
    cleaned: await save("cleaned"),
    noise: await save("noise"),
    rejects: await saveRejects(client, datasetId, join(out, "rejects.jsonl"), signal),
    probabilities: await part("probabilities"),
    labels: await part("labels"),
    folds: await part("folds"),
    ids: await unlessTooLong(part("ids"), join(out, "ids.npy")),
  };
}

/** Removes the file of an earlier run if there is none now. */
async function unlessTooLong(saved: Promise<string>, file: string): Promise<string | null> {
  try {
    return await saved;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "ids-too-long") throw error;
    await rm(file, { force: true });
    return null;
  }
}

/** Writes a line for each rejected one; removes the file of an earlier run if there are none. */
async function saveRejects(
  client: Client,
  datasetId: string,
  file: string,
  signal: AbortSignal,
): Promise<string | null> {
  const draft = `${file}.part`;
  const handle = await open(draft, "w");
  let count = 0;
  try {
    for await (const reject of allItems(client, "listRejects", {
      params: { id: datasetId },
      signal,
    })) {
      await handle.write(`${JSON.stringify(reject)}\n`);
      count += 1;
    }
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  if (count > 0) {
    await rename(draft, file);
    return file;
  }
  await rm(draft, { force: true });
  await rm(file, { force: true });
  return null;
}
