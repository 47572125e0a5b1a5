import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";
import { oneLine } from "./text.js";

/** Between the parts of a text; words of one part stand one blank apart. */
const GAP = "  ";
const MIN_ROOM = 8;

/**
 * `prefix` and `text` as lines of at most `width` columns: the text begins after the prefix and
 * continues below itself. It breaks between two parts where it can, else between words. A word that
 * is wider than the room, an id for instance, takes that of the indent: it must stay whole to be
 * copied. Only one wider than a whole line is broken.
 */
export function hang(prefix: string, text: string, width: number): string[] {
  const indent = stringWidth(prefix);
  const room = Math.max(MIN_ROOM, width - indent);
  const lines: string[] = [];
  for (const part of oneLine(text).split(/ {2,}/)) {
    const joined = [...lines.slice(-1), part].join(GAP);
    if (lines.length > 0 && stringWidth(joined) <= room) lines[lines.length - 1] = joined;
    else lines.push(...wordsIn(part, room, width));
  }
  return lines.flatMap((line, i) => {
    const left = Math.max(0, Math.min(indent, width - stringWidth(line)));
    if (i > 0) return [" ".repeat(left) + line];
    return left === indent ? [prefix + line] : [prefix.trimEnd(), " ".repeat(left) + line];
  });
}

/** `part` as lines of at most `room` columns; a longer word has a line of its own, up to `width`. */
function wordsIn(part: string, room: number, width: number): string[] {
  return wrapAnsi(part, room)
    .split("\n")
    .flatMap((line) =>
      stringWidth(line) <= width ? [line] : wrapAnsi(line, width, { hard: true }).split("\n"),
    );
}
