import type { LineBlock } from "../bytes/lines.js";
import type { RowSink } from "../rows/raw-row.js";
import type { RejectReason } from "../rows/samples.js";

/** Turns lines into rows. `finish` is called once, after the last block. */
export interface RowReader {
  push(block: LineBlock, sink: RowSink): void;
  finish(sink: RowSink): void;
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
    push({ firstLine, lines, broken }, sink) {
      for (let i = 0; i < lines.length; i += 1) {
        const lineNumber = firstLine + i;
        const bad = broken?.get(i);
        if (bad) {
          sink.reject(lineNumber, bad.reason, bad.detail, bad.excerpt);
          continue;
        }
        const line = withoutReturn(lines[i]!);
        if (line.trim() === "") sink.reject(lineNumber, "empty-line", "the line is blank", line);
        else read(line, lineNumber, sink);
      }
    },
    finish,
  };
}

/** The line without the "\r" of a Windows line ending. */
export function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
