import { join } from "node:path";
import type { Client } from "@winnow/client";
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
  readonly probabilities: string;
  readonly labels: string;
  readonly folds: string;
  readonly ids: string;
}

/** Saves the cleaned and the noise rows, and the arrays that numpy reads, below `out`. */
export async function saveResults(
  client: Client,
  { crossValidationId, pruningId }: DemoIds,
  out: string,
  signal: AbortSignal,
): Promise<DemoFiles> {
  const files: DemoFiles = {
    report: join(out, "report.json"),
    readable: join(out, "report.txt"),
    cleaned: join(out, "cleaned.jsonl"),
    noise: join(out, "noise.jsonl"),
    probabilities: join(out, "probabilities.npy"),
    labels: join(out, "labels.npy"),
    folds: join(out, "folds.npy"),
    ids: join(out, "ids.npy"),
  };
  for (const split of ["cleaned", "noise"] as const) {
    const query = { split, format: "jsonl" } as const;
    const body = await client.download("exportPruning", {
      params: { id: pruningId },
      query,
      signal,
    });
    await saveStream(body, files[split], signal);
  }
  for (const part of ["probabilities", "labels", "folds", "ids"] as const) {
    const params = { id: crossValidationId };
    const body = await client.download("getProbabilities", { params, query: { part }, signal });
    await saveStream(body, files[part], signal);
  }
  return files;
}
