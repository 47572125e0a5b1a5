import type { LineBlock } from "../bytes/line-block.js";
import type { RowSink } from "../rows/raw-row.js";
import type { RejectReason } from "../rows/samples.js";
import { withoutReturns } from "./line-ending.js";

/** Lines of a file: from `first`, counted from 1, to the one before `end`. */
export interface LineRange {
  first: number;
  end: number;
}

/**
 * Turns lines into rows. `finish` is called after the last block; with `cut` the file goes on, and
 * only its head was read. Both may return lines that the reader needs once more: they have to be
 * pushed before anything else, and after those of `finish` it is called again.
 */
export interface RowReader {
  push(block: LineBlock, sink: RowSink): LineRange | null;
  finish(sink: RowSink, cut: boolean): LineRange | null;
}

/** Why a line is not a row. */
export interface RowFault {
  reason: RejectReason;
  detail: string;
}

/**
 * A reader for formats where each line is one row: broken and blank lines become rejects, every
 * other line goes to `read`, without its line ending.
 */
export function readLineByLine(
  read: (line: string, lineNumber: number, sink: RowSink) => void,
  finish: (sink: RowSink) => void = () => {},
): RowReader {
  return {
    push({ firstLine, lines, broken, piece }, sink) {
      if (piece) return null;
      for (let i = 0; i < lines.length; i += 1) {
        const lineNumber = firstLine + i;
        const bad = broken?.get(i);
        if (bad) {
          sink.reject(lineNumber, bad.reason, bad.detail, bad.excerpt);
          continue;
        }
        const line = withoutReturns(lines[i]!);
        if (line.trim() === "") sink.reject(lineNumber, "empty-line", "the line is blank", line);
        else read(line, lineNumber, sink);
      }
      return null;
    },
    finish(sink) {
      finish(sink);
      return null;
    },
  };
}
