import { createReadStream, type ReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { arrayOf, NpyError, type NpyStream, readNpy } from "@winnow/npy";
import { naming } from "./naming.js";

/** The help of options that name an array. */
export const ARRAY_HELP = "npy, or npz (FILE:ARRAY if it holds several)";

/** An npy file, or an array in an npz. */
export interface ArrayPath {
  readonly file: string;
  readonly array?: string;
}

/** `FILE`, or `FILE:ARRAY`; a file that is called so as a whole wins. */
export async function parseArrayPath(text: string): Promise<ArrayPath> {
  const colon = text.lastIndexOf(":");
  const [file, array] = [text.slice(0, colon), text.slice(colon + 1)];
  if (colon < 1 || array === "" || (await isFile(text)) || !(await isFile(file))) {
    return { file: text };
  }
  return { file, array };
}

/** Opens the array for as long as `read` runs, packed or not. Errors name the file. */
export function withArray<T>(path: ArrayPath, read: (npy: NpyStream) => Promise<T>): Promise<T> {
  return naming(path.file, async () => {
    const once = async function* (npy: NpyStream) {
      yield await read(npy);
    };
    for await (const result of arrayIn(path, once)) return result;
    throw new Error(`${path.file} was not read`);
  });
}

/** Opens the array for as long as `read` yields. */
export async function* arrayIn<T>(
  path: ArrayPath,
  read: (npy: NpyStream) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const { file } = path;
  const { openUnpacked } = await import("@winnow/corpus"); // only where a file is read
  const handle = await open(file, "r");
  const streams: ReadStream[] = [];
  const source = () => {
    const stream = createReadStream(file, { highWaterMark: 1 << 20 });
    streams.push(stream);
    return stream;
  };
  try {
    const { size } = await handle.stat();
    const randomAccess = {
      byteLength: size,
      slice: async (start: number, end = size) => {
        const { buffer, bytesRead } = await handle.read(
          new Uint8Array(Math.max(0, end - start)),
          0,
          end - start,
          start,
        );
        return buffer.buffer.slice(0, bytesRead);
      },
    };
    // Files of one's own: nothing that the caller did not ask for is unpacked.
    const limits = { maxDecompressedBytes: Infinity, maxCompressionRatio: Infinity };
    const member = (names: readonly string[]) => memberOf(names, path);
    yield* read(await readNpy(openUnpacked(source, { limits, randomAccess, member })));
  } finally {
    for (const stream of streams) stream.destroy();
    await handle.close();
  }
}

function memberOf(names: readonly string[], { file, array }: ArrayPath): string {
  try {
    return arrayOf(names, array);
  } catch (error) {
    if (!(error instanceof NpyError) || error.code !== "several-arrays") throw error;
    const message = `${error.message}, as in ${file}:${names[0]!.replace(/\.npy$/, "")}`;
    throw new NpyError(error.code, message);
  }
}

const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => null))?.isFile() ?? false;
