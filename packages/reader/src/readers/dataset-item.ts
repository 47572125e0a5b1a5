import type { RowBlock } from "@winnow/copy-rows";
import type { RowBatch } from "../messages/messages.js";
import { ReaderError } from "./reader-error.js";

/**
 * An item of a dataset's file as its process sent it. A file may have taken that process over, so nothing is
 * believed; what is inside the blocks is checked where they are stored. Throws `ReaderError`.
 */
export function datasetItem(item: unknown): { readonly bytes: number } | RowBatch {
  const { bytes, samples, rejects } = Object(item) as Record<string, unknown>;
  if (isCount(bytes)) return { bytes };
  if (isBlock(samples) && isBlock(rejects)) return { samples, rejects };
  throw new ReaderError("crashed", "its process sent what is no batch of rows");
}

function isBlock(block: unknown): block is RowBlock {
  const { rows, bytes } = Object(block) as Record<string, unknown>;
  return isCount(rows) && bytes instanceof Uint8Array;
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
