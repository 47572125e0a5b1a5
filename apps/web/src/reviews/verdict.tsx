import { isolate } from "../texts/isolate.js";
import { type TextKey, useTexts } from "../texts/texts.js";
import type { Decision } from "./session.js";

/** A mark and a word: the meaning is never a colour alone. */
const MARKS = { keep: "✓", relabel: "→", drop: "✕", unsure: "?" } as const;

export function useVerdictText(): (decision: Decision) => string {
  const t = useTexts();
  return ({ verdict, label }) =>
    `${MARKS[verdict]} ${label === null ? t(`verdict-${verdict}` as TextKey) : isolate(label)}`;
}

/** The same in a sentence, for those who hear it. */
export function useVerdictWords(): (decision: Decision) => string {
  const t = useTexts();
  return ({ verdict, label }) => t(`all-${verdict}`, { label: label ?? "" });
}

/** What was decided about a row. */
export function VerdictTag({ decision }: { readonly decision: Decision }) {
  const say = useVerdictText();
  return <span className={`tag verdict ${decision.verdict} theirs`}>{say(decision)}</span>;
}
