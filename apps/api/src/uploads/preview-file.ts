import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { CORPUS_CODES, type UploadPreview } from "@winnow/contracts";
import {
  type CorpusErrorCode,
  type CorpusPreview,
  type PreviewOptions,
  previewCorpus,
  type RandomAccess,
  suggestAliases,
} from "@winnow/corpus";

/** Read at once; outside the heap whose size is limited. */
const maxReadBytes = 256 * 1024 * 1024;

/** Names are compared pair by pair: more than this many, the rarest, are left out. */
const maxCompared = 1_500;

export type FilePreviewOptions = Pick<PreviewOptions, "format" | "labels" | "rows">;

/**
 * Looks at the head of a stored file; may take seconds and hundreds of MB where the head of a
 * parquet file is a large row group. Throws `CorpusError` for a file that is no dataset at all.
 */
export async function previewFile(
  path: string,
  options: FilePreviewOptions,
): Promise<UploadPreview> {
  const file = await open(path);
  try {
    const randomAccess = await parquetAccess(file);
    const preview = await previewCorpus(() => createReadStream(path), { ...options, randomAccess });
    return viewOf(preview);
  } finally {
    await file.close();
  }
}

function viewOf(preview: CorpusPreview): UploadPreview {
  const names = new Map(preview.classes.map(({ index, name }) => [index, name]));
  const nameOf = (index: number) => names.get(index) ?? "";
  const { problem } = preview;
  return {
    compression: preview.compression,
    encoding: preview.encoding,
    format: preview.format as UploadPreview["format"],
    guessed: preview.guessed,
    columns: preview.columns,
    samples: preview.samples.map((sample) => ({
      line: sample.line,
      externalId: sample.externalId,
      text: sample.text,
      label: nameOf(sample.classIndex),
      trueLabel: sample.trueClassIndex === null ? null : nameOf(sample.trueClassIndex),
      allLabels: (sample.allClassIndexes ?? []).map(nameOf),
    })),
    rejects: preview.rejects,
    classes: preview.classes.map(({ name, count }) => ({ name, count })),
    rowsLooked: preview.rowsLooked,
    aliases: suggestAliases(preview.classes.slice(0, maxCompared)).map((alias) => ({ ...alias })),
    problem: problem && {
      code: CORPUS_CODES[problem.code as CorpusErrorCode],
      message: problem.message,
    },
  };
}

/** A parquet file is read from its end; one that is packed as a whole has no positions. */
async function parquetAccess(
  file: Awaited<ReturnType<typeof open>>,
): Promise<RandomAccess | undefined> {
  const { size: byteLength } = await file.stat();
  const read = async (start: number, end: number) => {
    if (end - start > maxReadBytes) {
      throw new Error(`${end - start} bytes of it would have to be read at once`);
    }
    const bytes = new Uint8Array(Math.max(0, end - start));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    return bytes.buffer.slice(0, bytesRead);
  };
  const magic = Buffer.from(await read(0, 4)).toString("latin1");
  if (magic !== "PAR1") return undefined;
  return { byteLength, slice: (start, end = byteLength) => read(start, Math.min(end, byteLength)) };
}
