import { CorpusError } from "../errors.js";

/** Enough for every level up to 20; levels 21 and 22 and --long need more. */
const MAX_WINDOW_BYTES = 32 * 2 ** 20;

/**
 * Follows the frames of a zstd stream (RFC 8878) and refuses one whose window is too large: the
 * decoder allocates it before it reads any data, so 18 bytes could claim 2 GB.
 */
export class ZstdWindows {
  #head: number[] = [];
  #skip = 0;
  #frame: { hasChecksum: boolean } | null = null;
  #lost = false;

  /**
   * Checks the next bytes before the decoder gets them. Throws CorpusError
   * "too-large-decompressed".
   */
  follow(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#lost; ) {
      const skipped = Math.min(this.#skip, bytes.length - at);
      this.#skip -= skipped;
      at += skipped;
      if (this.#skip > 0 || at === bytes.length) return;
      this.#head.push(bytes[at]!);
      at += 1;
      if (this.#frame) this.#block(this.#frame);
      else this.#start();
    }
  }

  #start(): void {
    const head = this.#head;
    if (head.length < 5) return;
    const magic = littleEndian(head, 0, 4);
    if (magic >= 0x184d2a50 && magic <= 0x184d2a5f) {
      if (head.length < 8) return;
      this.#skip = littleEndian(head, 4, 4);
      this.#head = [];
      return;
    }
    // The decoder refuses whatever follows.
    if (magic !== 0xfd2fb528) {
      this.#lost = true;
      return;
    }
    const flags = head[4]!;
    const isSingle = (flags & 0x20) !== 0;
    const idBytes = [0, 1, 2, 4][flags & 3]!;
    const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6]!;
    const sizeAt = (isSingle ? 5 : 6) + idBytes;
    if (head.length < sizeAt + sizeBytes) return;
    const contentBytes = littleEndian(head, sizeAt, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
    const window = head[5]!;
    const base = 2 ** (10 + (window >> 3));
    const windowBytes = isSingle ? contentBytes : base + (base / 8) * (window & 7);
    if (windowBytes > MAX_WINDOW_BYTES) throw tooLarge(windowBytes);
    this.#frame = { hasChecksum: (flags & 4) !== 0 };
    this.#head = [];
  }

  #block({ hasChecksum }: { hasChecksum: boolean }): void {
    if (this.#head.length < 3) return;
    const header = littleEndian(this.#head, 0, 3);
    const isRunLength = ((header >> 1) & 3) === 1;
    this.#skip = isRunLength ? 1 : header >> 3;
    this.#head = [];
    if ((header & 1) === 0) return;
    this.#skip += hasChecksum ? 4 : 0;
    this.#frame = null;
  }
}

const littleEndian = (bytes: readonly number[], at: number, length: number): number =>
  bytes.slice(at, at + length).reduceRight((sum, byte) => sum * 256 + byte, 0);

const tooLarge = (windowBytes: number): CorpusError =>
  new CorpusError(
    "too-large-decompressed",
    `The zstd data needs a window of ${Math.ceil(windowBytes / 2 ** 20)} MiB; the limit is ` +
      `${MAX_WINDOW_BYTES / 2 ** 20}. Compress it without --long and --ultra, or with gzip.`,
    { limit: MAX_WINDOW_BYTES },
  );
