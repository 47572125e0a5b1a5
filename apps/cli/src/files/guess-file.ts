import { createReadStream } from "node:fs";
import {
  CORPUS_CODES,
  DatasetFormat,
  type RequestedFormat,
  type UploadPreview,
} from "@winnow/contracts";
import { readAnywhere } from "@winnow/storage";
import { assertFile } from "./upload-file.js";

export interface LocalPreviewOptions {
  readonly format: RequestedFormat;
  readonly rows?: number;
}

/**
 * Previews a file on this machine as the service previews an upload. Throws `file-not-found`,
 * `not-a-file`, and the errors of a file that is not a dataset.
 */
export async function previewLocally(
  file: string,
  { format, rows }: LocalPreviewOptions,
): Promise<UploadPreview> {
  await assertFile(file);
  const { namedPreview, previewCorpus } = await import("@winnow/corpus"); // only where a file is read
  const codes = new Map<string, string>(Object.entries(CORPUS_CODES));
  const randomAccess = await readAnywhere(file);
  try {
    const open = () => createReadStream(file);
    const preview = namedPreview(await previewCorpus(open, { format, rows, randomAccess }));
    return {
      ...preview,
      format: preview.format && DatasetFormat.parse(preview.format),
      alternatives: preview.alternatives.map((other) => ({
        ...other,
        format: DatasetFormat.parse(other.format),
      })),
      samples: preview.samples.map((sample) => ({ ...sample })),
      aliases: preview.aliases.map((alias) => ({ ...alias })),
      problem: preview.problem && {
        code: codes.get(preview.problem.code) ?? preview.problem.code,
        message: preview.problem.message,
      },
    };
  } finally {
    await randomAccess.close();
  }
}
