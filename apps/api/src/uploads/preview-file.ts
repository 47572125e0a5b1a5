import { createReadStream } from "node:fs";
import { CORPUS_CODES, type UploadPreview } from "@winnow/contracts";
import {
  type CorpusErrorCode,
  namedPreview,
  type PreviewOptions,
  previewCorpus,
} from "@winnow/corpus";
import { readAnywhere } from "@winnow/storage";

/** Limit of one read; its buffer is outside the heap, whose size is limited. */
const MAX_READ_BYTES = 256 * 1024 * 1024;

export type FilePreviewOptions = Pick<PreviewOptions, "format" | "labels" | "rows">;

/**
 * Reads the start of a stored file. A large first row group of a parquet file can take seconds and
 * hundreds of MB. Throws `CorpusError` for a file that is not a dataset.
 */
export async function previewFile(
  path: string,
  options: FilePreviewOptions,
): Promise<UploadPreview> {
  const randomAccess = await readAnywhere(path, MAX_READ_BYTES);
  try {
    const open = () => createReadStream(path);
    const preview = namedPreview(await previewCorpus(open, { ...options, randomAccess }));
    const { problem, format, alternatives } = preview;
    return {
      ...preview,
      format: format as UploadPreview["format"],
      alternatives: alternatives as UploadPreview["alternatives"],
      samples: preview.samples.map((sample) => ({ ...sample })),
      aliases: preview.aliases.map((alias) => ({ ...alias })),
      problem: problem && {
        code: CORPUS_CODES[problem.code as CorpusErrorCode],
        message: problem.message,
      },
    };
  } finally {
    await randomAccess.close();
  }
}
