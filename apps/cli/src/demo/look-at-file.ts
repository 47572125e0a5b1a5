import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { CORPUS_CODES, type DatasetFormat } from "@winnow/contracts";
import { CorpusError, previewCorpus, type RandomAccess } from "@winnow/corpus";
import { assertFile } from "../files/upload-file.js";
import { CliError } from "../terminal/failure.js";

/**
 * Reads the start of a file as an ingest would, in about a second. Throws CliError with what is wrong
 * with it: missing, empty, of another format, without a column, without a row that can be kept.
 */
export async function lookAtFile(file: string, format: DatasetFormat): Promise<void> {
  await assertFile(file);
  const handle = await open(file);
  try {
    const { problem } = await previewCorpus(() => createReadStream(file), {
      format,
      randomAccess: await byPosition(handle),
    });
    if (problem) throw new CorpusError(problem.code as CorpusError["code"], problem.message);
  } catch (error) {
    if (!(error instanceof CorpusError)) throw error;
    throw new CliError(CORPUS_CODES[error.code], `${file}: ${error.message}`, { cause: error });
  } finally {
    await handle.close();
  }
}

/** Parquet and zip files are read by position. */
async function byPosition(handle: FileHandle): Promise<RandomAccess> {
  const { size: byteLength } = await handle.stat();
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      return bytes.buffer.slice(0, bytesRead);
    },
  };
}
