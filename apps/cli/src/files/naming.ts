import { CliError } from "../terminal/failure.js";

/** Reads a file; an error has the file's name before its message, its code stays. */
export async function naming<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw named(file, error);
  }
}

/** The error with the file's name before its message; its code stays. */
export function named(file: string, error: unknown): unknown {
  const code: unknown = error instanceof Error && Reflect.get(error, "code");
  if (!(error instanceof Error) || typeof code !== "string") return error;
  if (code === "ENOENT") return new CliError("file-not-found", `There is no file ${file}.`);
  const message = error.message.replace(/^(npy|npz|names): /, "");
  return new CliError(code, `${file}: ${message}`, { cause: error });
}
