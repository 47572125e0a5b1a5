import { AppError, CORPUS_CODES, type UploadPreview } from "@winnow/contracts";
import { CorpusError, type CorpusErrorCode, type PreviewOptions } from "@winnow/corpus";
import { ReaderError, Readers } from "@winnow/reader";

export interface PreviewLimits {
  /** Of the process that reads the file. */
  readonly memoryBytes: number;
  readonly timeoutMs: number;
}

export const PREVIEW_LIMITS: PreviewLimits = { memoryBytes: 512 * 2 ** 20, timeoutMs: 30_000 };

/** Reads the start of a stored file. */
export type Preview = (
  path: string,
  options: Pick<PreviewOptions, "format" | "labels" | "rows">,
) => Promise<UploadPreview>;

/**
 * Previews in processes of their own, so that other requests are served meanwhile, and a hostile file costs
 * limited time and memory and ends nothing but its own request. They throw the problem of a file that is not
 * a dataset, and `file-too-costly`. The processes end once `closing` is aborted.
 */
export function createPreview(
  { memoryBytes, timeoutMs }: PreviewLimits,
  closing: AbortSignal,
): Preview {
  const readers = new Readers({ memoryBytes, stallMs: timeoutMs });
  closing.addEventListener("abort", () => readers.close(), { once: true });
  return async (path, options) => {
    const late = AbortSignal.timeout(timeoutMs);
    try {
      const preview = await readers.preview({ path, root: null }, options, { signal: late });
      const { problem, format, alternatives, samples, aliases } = preview;
      return {
        ...preview,
        format: format as UploadPreview["format"],
        alternatives: alternatives as UploadPreview["alternatives"],
        samples: samples.map((sample) => ({ ...sample })),
        aliases: aliases.map((alias) => ({ ...alias })),
        problem: problem && {
          code: CORPUS_CODES[problem.code as CorpusErrorCode],
          message: problem.message,
        },
      };
    } catch (error) {
      throw problemOf(error, late.aborted, { memoryBytes, timeoutMs });
    }
  };
}

function problemOf(error: unknown, isLate: boolean, limits: PreviewLimits): unknown {
  if (error instanceof CorpusError) {
    return new AppError(CORPUS_CODES[error.code], error.message, { cause: error });
  }
  const isCostly = error instanceof ReaderError && error.code !== "crashed";
  if (!isCostly && !isLate) return error;
  return new AppError(
    "file-too-costly",
    `Reading the start of the file takes more than ${limits.timeoutMs / 1000} s or ${Math.round(limits.memoryBytes / 2 ** 20)} MB. Parquet files are read by row group and page: write smaller ones, or ingest the file without a preview.`,
    { cause: error },
  );
}
