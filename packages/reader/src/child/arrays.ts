import { decompress, openUnpacked } from "@winnow/corpus";
import { arrayOf, readNames, readNpy } from "@winnow/npy";
import type { ArrayTask, NamesTask } from "../messages/messages.js";
import type { Outlet } from "./outlet.js";
import type { Source } from "./source.js";

/** Sends the header of an npy, or of an array of an npz, then its rows in blocks. */
export async function readArray(
  source: Source,
  { array, maxBytes, maxBlockBytes }: ArrayTask,
  out: Outlet,
): Promise<null> {
  // Rows of zeros compress beyond any ratio, so the expected length is the limit, and not a ratio.
  const limits = { maxDecompressedBytes: maxBytes, maxCompressionRatio: Infinity };
  const member = (names: readonly string[]) => arrayOf(names, array);
  const { open, anywhere: randomAccess } = source;
  const npy = await readNpy(openUnpacked(open, { limits, randomAccess, member }));
  await out.item(npy.header);
  for await (const { start, rows, bytes } of npy.blocks({ maxBlockBytes })) {
    await out.item({ start, rows, bytes });
  }
  return null;
}

/** A list of names, which is read whole. */
export function readNameList(source: Source, { maxBytes }: NamesTask): Promise<string[]> {
  const limits = { maxDecompressedBytes: maxBytes, maxCompressionRatio: Infinity };
  return readNames(decompress(source.open(), limits));
}
