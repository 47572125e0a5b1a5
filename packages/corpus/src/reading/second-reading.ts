import type { LineBlock } from "../bytes/line-block.js";
import type { LineRange } from "../formats/row-reader.js";

/**
 * Reads lines of a file once more, for ranges that only move on: however many there are, the file is
 * read at most one more time.
 */
export class SecondReading {
  #blocks: AsyncIterator<LineBlock> | null = null;
  /** A block whose last lines come after the last range. */
  #left: LineBlock | null = null;

  readonly #open: () => AsyncIterable<LineBlock>;

  constructor(open: () => AsyncIterable<LineBlock>) {
    this.#open = open;
  }

  /** The lines of the range. Throws if the file ends before it, because it has changed. */
  async *lines({ first, end }: LineRange): AsyncGenerator<LineBlock> {
    for (let block = await this.#next(); block; block = await this.#next()) {
      const wanted = sliced(block, first, end);
      if (afterBlock(block) > end) this.#left = sliced(block, end, Number.POSITIVE_INFINITY);
      if (wanted) yield wanted;
      if (afterBlock(block) >= end) return;
    }
    if (Number.isFinite(end)) throw new Error("The file ended earlier when it was read again.");
  }

  async close(): Promise<void> {
    await this.#blocks?.return?.();
  }

  async #next(): Promise<LineBlock | null> {
    const left = this.#left;
    this.#left = null;
    if (left) return left;
    this.#blocks ??= this.#open()[Symbol.asyncIterator]();
    const next = await this.#blocks.next();
    return next.done ? null : next.value;
  }
}

/** The number of the line after the block; for a piece, that of its own line, which goes on. */
function afterBlock({ firstLine, lines, piece }: LineBlock): number {
  return firstLine + (piece ? 0 : lines.length);
}

/** The part of a block from line `first` to the one before `end`, if there is any. */
function sliced(block: LineBlock, first: number, end: number): LineBlock | null {
  const { firstLine, lines, broken, ends } = block;
  const from = Math.max(0, first - firstLine);
  const to = Math.min(lines.length, end - firstLine);
  if (from >= to) return null;
  if (from === 0 && to === lines.length) return block;
  const moved = [...(broken ?? [])]
    .filter(([i]) => i >= from && i < to)
    .map(([i, fault]): [number, typeof fault] => [i - from, fault]);
  return {
    firstLine: firstLine + from,
    lines: lines.slice(from, to),
    broken: moved.length > 0 ? new Map(moved) : null,
    ...(ends ? { ends: ends.slice(from, to) } : {}),
  };
}
