import { type DatasetFormat, isReadByPosition, readCorpus, resolveFormat } from "@winnow/corpus";
import type { DatasetRead, DatasetTask } from "../messages/messages.js";
import type { Outlet } from "./outlet.js";
import { RowBatches } from "./row-batches.js";
import type { Source } from "./source.js";

const HEAD_BYTES = 16;

/** Sends the size of the file, then its rows in batches. */
export async function readDataset(
  source: Source,
  { format: asked, options }: DatasetTask,
  out: Outlet,
): Promise<DatasetRead> {
  await out.item({ bytes: source.bytes });
  const { format, guess } = await readingOf(asked, source);
  const head = new Uint8Array(await source.anywhere.slice(0, HEAD_BYTES));
  // What is read by position is hashed first; everything else while it is read.
  if (isReadByPosition(head)) await source.hash();
  const batches = readCorpus(source.open, {
    ...options,
    format,
    randomAccess: source.anywhere,
    onProgress: (bytes) => {
      out.worked();
      out.progress(bytes);
    },
  });
  const rows = new RowBatches();
  let next = await batches.next();
  for (; !next.done; next = await batches.next()) {
    for (const full of rows.of(next.value)) await out.item(full);
  }
  await out.item(rows.take());
  const { hasTrueLabels } = rows;
  return { summary: next.value, format, guess, sha256: source.sha256(), hasTrueLabels };
}

async function readingOf(
  { type, ...given }: DatasetTask["format"],
  source: Source,
): Promise<{ format: DatasetFormat; guess: DatasetRead["guess"] }> {
  if (type !== "auto") return { format: { ...given, type }, guess: null };
  const { format, ...guess } = await resolveFormat(source.open, given, {
    randomAccess: source.anywhere,
  });
  return { format, guess };
}
