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

/** Limit of one read; its buffer is outside the heap, whose size is limited. */
const MAX_READ_BYTES = 256 * 1024 * 1024;

/** Names are compared pair by pair, so only the most frequent ones are. */
const MAX_COMPARED = 1_500;

export type FilePreviewOptions = Pick<PreviewOptions, "format" | "labels" | "rows">;

/**
 * Reads the start of a stored file. A large first row group of a parquet file can take seconds and
 * hundreds of MB. Throws `CorpusError` for a file that is not a dataset.
 */
export async function previewFile(
  path: string,
  options: FilePreviewOptions,
): Promise<UploadPreview> {
  const file = await open(path);
  try {
    const randomAccess = await accessByPosition(file);
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
    confidence: preview.confidence,
    alternatives: preview.alternatives as UploadPreview["alternatives"],
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
    aliases: suggestAliases(preview.classes.slice(0, MAX_COMPARED)).map((alias) => ({ ...alias })),
    warnings: preview.warnings,
    problem: problem && {
      code: CORPUS_CODES[problem.code as CorpusErrorCode],
      message: problem.message,
    },
  };
}

/** Parquet and zip files are read by position, and parts of a long text file. */
async function accessByPosition(file: Awaited<ReturnType<typeof open>>): Promise<RandomAccess> {
  const { size: byteLength } = await file.stat();
  const read = async (start: number, end: number) => {
    if (end - start > MAX_READ_BYTES) {
      throw new Error(`a read of ${end - start} bytes is above the limit`);
    }
    const bytes = new Uint8Array(Math.max(0, end - start));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    return bytes.buffer.slice(0, bytesRead);
  };
  return { byteLength, slice: (start, end = byteLength) => read(start, Math.min(end, byteLength)) };
}
