import {
  type CorpusBatch,
  type DatasetFormat,
  isReadByPosition,
  readCorpus,
  resolveFormat,
} from "@winnow/corpus";
import type { DatasetRead, DatasetTask } from "../messages/messages.js";
import type { Outlet } from "./outlet.js";
import type { Source } from "./source.js";

const HEAD_BYTES = 16;
/** A message holds about so much text, or one row. */
const MESSAGE_CHARACTERS = 1024 * 1024;

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
  let next = await batches.next();
  for (; !next.done; next = await batches.next()) {
    for (const part of bounded(next.value)) await out.item(part);
  }
  return { summary: next.value, format, guess, sha256: source.sha256() };
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

/** A batch in messages of bounded size. */
function* bounded({ samples, rejects }: CorpusBatch): Generator<CorpusBatch> {
  let from = 0;
  let characters = 0;
  for (const [i, { text, cells }] of samples.entries()) {
    characters += text.length;
    for (const cell of cells ?? []) characters += cell?.length ?? 0;
    if (characters < MESSAGE_CHARACTERS) continue;
    yield { samples: samples.slice(from, i + 1), rejects: [] };
    from = i + 1;
    characters = 0;
  }
  if (from < samples.length || rejects.length > 0) yield { samples: samples.slice(from), rejects };
}
