import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { Client } from "@winnow/client";
import type { Upload } from "@winnow/contracts";
import { CliError } from "../terminal/failure.js";

/** Streams a file to the service's storage. */
export async function uploadFile(
  client: Client,
  file: string,
  signal: AbortSignal,
): Promise<Upload> {
  await assertFile(file);
  const open = () => Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
  return client.upload(open, { signal });
}

/** Throws `file-not-found` or `not-a-file`. */
export async function assertFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found === null) throw new CliError("file-not-found", `There is no file ${file}.`);
  if (!found.isFile()) throw new CliError("not-a-file", `${file} is not a file.`);
}
