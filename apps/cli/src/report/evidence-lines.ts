import type { Evidence } from "@winnow/contracts";
import { hang } from "../terminal/hang.js";
import { fit } from "../terminal/text.js";

const MAX_NAME = 32;

/** A flag with its evidence. */
export interface ExplainedFlag {
  readonly rank: number;
  readonly given: string;
  readonly suggested: string;
  readonly evidence?: Evidence | null | undefined;
}

/** What speaks for the suggestion and for the given label of a flag, and its nearest rows by vectors; no line without evidence. */
export function evidenceLines(
  { rank, given, suggested, evidence }: ExplainedFlag,
  width: number,
): string[] {
  if (!evidence) return [];
  const name = (label: string) => fit(label, MAX_NAME);
  return [
    ...hang(`  ${rank}  `, `for ${name(suggested)}:  ${partsLine(evidence.suggested)}`, width),
    ...hang(
      " ".repeat(String(rank).length + 4),
      `for ${name(given)}:  ${partsLine(evidence.given)}  class sizes ${signed(evidence.classSizes)}` +
        `  all ${signed(evidence.difference)}`,
      width,
    ),
    ...nearLines(rank, evidence.nearest, width),
  ];
}

/** The labels of the rows that are nearest by vectors. */
function nearLines(rank: number, nearest: Evidence["nearest"], width: number): string[] {
  if (nearest === undefined) return [];
  const near = nearest.map(
    ({ label, similarity }) => `${fit(label, MAX_NAME)} ${similarity.toFixed(2)}`,
  );
  return hang(" ".repeat(String(rank).length + 4), `nearest rows:  ${near.join("  ")}`, width);
}

/** Words and characters with their weights. */
export const partsLine = (parts: Evidence["given"]): string =>
  parts.map(({ ngram, weight }) => `${shown(ngram)} ${signed(weight)}`).join("  ") || "nothing";

/** Blanks at the ends of characters are part of them: a word's start or end. */
const shown = (ngram: string): string => fit(ngram.replaceAll(" ", "␣"), MAX_NAME);

const signed = (weight: number): string => (weight < 0 ? "" : "+") + weight.toFixed(2);
