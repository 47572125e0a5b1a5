import { createReadStream } from "node:fs";
import { CORPUS_CODES, type DatasetFormat } from "@winnow/contracts";
import { CorpusError, previewCorpus } from "@winnow/corpus";
import { readAnywhere } from "@winnow/storage";
import { assertFile } from "../files/upload-file.js";
import { CliError } from "../terminal/failure.js";

/**
 * Reads the start of a file as an ingest would, in about a second. Throws CliError with what is wrong
 * with it: missing, empty, of another format, without a column, without a row that can be kept.
 */
export async function lookAtFile(file: string, format: DatasetFormat): Promise<void> {
  await assertFile(file);
  const randomAccess = await readAnywhere(file);
  try {
    const { problem } = await previewCorpus(() => createReadStream(file), {
      format,
      randomAccess,
    });
    if (problem) throw new CorpusError(problem.code as CorpusError["code"], problem.message);
  } catch (error) {
    if (!(error instanceof CorpusError)) throw error;
    throw new CliError(CORPUS_CODES[error.code], `${file}: ${error.message}`, { cause: error });
  } finally {
    await randomAccess.close();
  }
}
