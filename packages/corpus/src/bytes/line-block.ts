import type { RejectReason } from "../rows/samples.js";

/** A line that cannot be used as text. */
export interface BrokenLine {
  reason: RejectReason;
  detail: string;
  excerpt: string;
}

/**
 * Consecutive lines without the character that ends them (a "\r" before "\n" stays). `broken` is keyed by index into
 * `lines`, where a broken line is what can be read of it, with U+FFFD for the rest.
 */
export interface LineBlock {
  /** 1-based number of `lines[0]`. */
  firstLine: number;
  lines: string[];
  broken: ReadonlyMap<number, BrokenLine> | null;
  /** What ends each line, "\n" or "\r"; absent if it is "\n" throughout. */
  ends?: readonly string[];
  /**
   * Set where `lines[0]` is a piece of a line that is too long to be held. The rest of the line
   * follows; its last piece is a broken line.
   */
  piece?: true;
}
