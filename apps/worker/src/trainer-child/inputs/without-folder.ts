import { EncoderError } from "@winnow/encoder";

/** The error without the worker's own path of the models, which callers must not learn. */
export function withoutFolder(error: unknown, folder: string, path: string): unknown {
  if (!(error instanceof EncoderError)) return error;
  return new EncoderError(error.code, error.message.replaceAll(folder, path), { cause: error });
}
