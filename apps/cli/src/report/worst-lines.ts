import type { Flag } from "@winnow/contracts";
import stringWidth from "string-width";
import type { Paint } from "../terminal/paint.js";
import { table } from "../terminal/table.js";
import { count, fit } from "../terminal/text.js";

/** A flag as people read it. */
export interface WorstRow {
  /** From 1, the worst. */
  readonly rank: number;
  /** Where it is: its line in the file, or its row in an array. */
  readonly place: number;
  readonly id?: string | null;
  readonly given: string;
  readonly suggested: string;
  readonly margin: number;
  readonly text?: string;
}

/** A flag of the service as a row. */
export const worstRow = (
  flag: Pick<
    Flag,
    "rank" | "line" | "externalId" | "given" | "suggested" | "normalizedMargin" | "text"
  >,
): WorstRow => ({
  rank: flag.rank,
  place: flag.line,
  id: flag.externalId,
  given: flag.given,
  suggested: flag.suggested,
  margin: flag.normalizedMargin,
  text: flag.text,
});

/** How many of the worst rows are shown where nobody says. */
export const WORST_ROWS = 20;
/** The help of `--top`. */
export const TOP_HELP = "how many of the worst rows to show";

const MAX_ID = 16;
const MAX_NAME = 24;
const MIN_NAME = 6;
/** With less room beside the other columns, texts stand on lines of their own. */
const MIN_TEXT = 40;
const GAP = 2;
const INDENT = 4;
const ARROW = " → ";

/** Flags as a table, with their margins or what `score` names, of at most `width` columns; ids and texts only where there are some. */
export function worstLines(
  rows: readonly WorstRow[],
  place: "line" | "row",
  width: number,
  paint: Paint,
  score = "margin",
): string[] {
  if (rows.length === 0) return ["  no label was flagged"];
  const hasIds = rows.some(({ id }) => id !== undefined && id !== null);
  const facts = rows.map(({ rank, place: at, id, margin }) => [
    `  ${rank}`,
    String(at),
    ...(hasIds ? [fit(id ?? "", MAX_ID)] : []),
    margin.toFixed(3),
  ]);
  const head = ["  #", place, ...(hasIds ? ["id"] : []), score];
  const used = widthOf([head, ...facts]);
  const half = Math.floor((width - used - GAP - ARROW.length) / 2);
  const room = Math.min(MAX_NAME, Math.max(MIN_NAME, half));
  const pairs = rows.map(({ given, suggested }) => fit(given, room) + ARROW + fit(suggested, room));
  const pairHead = `given${ARROW}suggested`;
  const hasTexts = rows.some(({ text }) => text !== undefined);
  const left = width - used - GAP - widthOf([[pairHead], ...pairs.map((pair) => [pair])]) - GAP;
  const textRoom = left >= MIN_TEXT ? left : width - INDENT;
  const headLine = [...head, pairHead, ...(hasTexts && left >= MIN_TEXT ? ["text"] : [])];
  const lines = rows.map(({ text }, i) => [
    ...facts[i]!,
    pairs[i]!,
    ...(hasTexts ? [fit(text ?? "", textRoom)] : []),
  ]);
  const right = new Set([0, 1, facts[0]!.length - 1]);
  return table([headLine.map(paint.dim), ...lines], { right, width });
}

/** Columns that rows take as a table. */
function widthOf(rows: readonly (readonly string[])[]): number {
  const columns = rows[0]!.map((_, i) => Math.max(...rows.map((row) => stringWidth(row[i] ?? ""))));
  return columns.reduce((sum, one) => sum + one + GAP, -GAP);
}

/** A heading for so many of them. */
export const worstHeading = (shown: number): string =>
  shown < 2 ? "The worst" : `The ${count(shown)} worst`;
