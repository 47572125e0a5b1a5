import { CorpusError } from "../errors.js";
import type { CorpusLimits } from "../options/limits.js";

export type DecompressLimits = Pick<CorpusLimits, "maxDecompressedBytes" | "maxCompressionRatio">;

/** No ratio is checked below this much output: short, very regular files compress well too. */
export const RATIO_FLOOR_BYTES = 1024 * 1024;

/** Counts input and output, and throws when the output grows too large. */
export class Meter {
  bytesIn = 0;
  #bytesOut = 0;

  readonly #limits: DecompressLimits;

  constructor(limits: DecompressLimits) {
    this.#limits = limits;
  }

  out(bytes: number): void {
    const { maxDecompressedBytes, maxCompressionRatio } = this.#limits;
    this.#bytesOut += bytes;
    if (this.#bytesOut > maxDecompressedBytes) {
      throw new CorpusError(
        "too-large-decompressed",
        `The file decompresses to more than ${maxDecompressedBytes} bytes. Split it, or raise the limit.`,
        { limit: maxDecompressedBytes },
      );
    }
    if (this.#bytesOut > RATIO_FLOOR_BYTES && this.#bytesOut > this.bytesIn * maxCompressionRatio) {
      throw new CorpusError(
        "too-large-decompressed",
        `The file decompresses to more than ${maxCompressionRatio} times its size, as no real text does. Upload it uncompressed.`,
        { limit: maxCompressionRatio },
      );
    }
  }
}

/** Rows may repeat much below this: a short table of one text a thousand times is no bomb. */
const ROWS_FLOOR_BYTES = 32 * 1024 * 1024;

/** Counts what rows hold whose values a file stores once and refers to, and throws when it is too much. */
export class RowMeter {
  readonly #most: number;
  #bytes = 0;

  constructor(fileBytes: number, { maxDecompressedBytes, maxCompressionRatio }: DecompressLimits) {
    const most = Math.max(ROWS_FLOOR_BYTES, fileBytes * maxCompressionRatio);
    this.#most = Math.min(most, maxDecompressedBytes);
  }

  /** Of all rows so far. */
  get bytes(): number {
    return this.#bytes;
  }

  row(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#most) return;
    throw new CorpusError(
      "too-large-decompressed",
      `The rows hold more than ${this.#most} bytes, far more than the file: it stores texts once that stand in very many rows. Remove repeated rows, or leave columns out.`,
      { limit: this.#most },
    );
  }
}

/**
 * Holds back the first output until its ratio is checked, so that no row of a bomb is stored and
 * then rolled back.
 */
export async function* afterFirstRatio(
  unpacked: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of unpacked) {
    if (heldBytes <= RATIO_FLOOR_BYTES) {
      held.push(chunk);
      heldBytes += chunk.length;
      if (heldBytes > RATIO_FLOOR_BYTES) yield* held.splice(0);
    } else yield chunk;
  }
  yield* held;
}
