import stringWidth from "string-width";

const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: "grapheme" });
// Titles are other people's text: a control character in one must not steer the terminal.
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** `text` on one line in at most `width` columns (a Chinese character takes two), cut with `…`. */
export function fit(text: string, width: number): string {
  const plain = text.replace(CONTROLS, " ");
  if (stringWidth(plain) <= width) return plain;
  let kept = "";
  let columns = 0;
  for (const { segment } of GRAPHEMES.segment(plain)) {
    const wide = stringWidth(segment);
    if (columns + wide > width - 1) break;
    kept += segment;
    columns += wide;
  }
  return `${kept}…`;
}

/** `text` with its line feeds and tabs written out: whoever named something may not begin lines. */
export const oneLine = (text: string): string =>
  text.replaceAll("\n", "\\n").replaceAll("\t", "\\t");

/** `text` filled up with blanks to `width` columns; longer text is left as it is. */
export function pad(text: string, width: number, side: "left" | "right" = "right"): string {
  const blanks = " ".repeat(Math.max(0, width - stringWidth(text)));
  return side === "right" ? text + blanks : blanks + text;
}

/** The width of a terminal that does not say it, and of what is read later: logs, files, pipes. */
const USUAL_COLUMNS = 80;
const MIN_COLUMNS = 20;

/** Columns of the terminal that `stream` is, or 80 where it is none. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return Math.max(MIN_COLUMNS, (stream.isTTY && stream.columns) || USUAL_COLUMNS);
}

/** How wide lines may be that must not be cut: a terminal wraps them anywhere, a pipe does not. */
export const widthOf = (stream: NodeJS.WriteStream): number =>
  stream.isTTY ? columnsOf(stream) : Number.POSITIVE_INFINITY;

/** `6000` as `6,000`. */
export const count = (value: number): string => value.toLocaleString("en-US");

/** A share as `12.3 %`; `n/a` where there is none. */
export const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? "n/a" : `${(share * 100).toFixed(1)} %`;

/** Bytes as `1.2 MB`. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  const power = Math.min(3, Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** power).toFixed(1)} ${["B", "kB", "MB", "GB"][power]}`;
}

/** Milliseconds as `45 s`, `3 min`, `2 h` or `4 d`. */
export function age(ms: number): string {
  const minutes = Math.max(0, ms) / 60_000;
  if (minutes < 1) return `${Math.floor(minutes * 60)} s`;
  if (minutes < 60) return `${Math.floor(minutes)} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

/** Milliseconds as `3.4 s` or `2 min 05 s`. */
export function duration(ms: number): string {
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** What is said behind the name of a file that took an earlier one's place. */
export const replacedNote = (isReplaced: boolean): string =>
  isReplaced ? "  (in place of an earlier one)" : "";
