import { useTexts } from "../texts/texts.js";
import { likeliestOf } from "./keys.js";
import type { ReviewRow } from "./rows.js";

/**
 * The classes that the model finds likeliest, with the digit that chooses each; the given one always. A
 * button stays for the next row's class with its digit, so that it keeps the focus.
 */
export function Candidates({
  row,
  onLabel,
}: {
  readonly row: ReviewRow;
  readonly onLabel: (label: string) => void;
}) {
  const t = useTexts();
  const likely = likeliestOf(row);
  const isListed = likely.some(({ label }) => label === row.given);
  const all: readonly { label: string; probability: number | null }[] = isListed
    ? likely
    : [...likely, { label: row.given, probability: row.selfConfidence }];
  return (
    <ol className="candidates">
      {all.map(({ label, probability }, i) => {
        const role = label === row.given ? "given" : label === row.suggested ? "suggested" : null;
        const digit = i < likely.length ? i + 1 : null;
        return (
          <li key={digit ?? "given"} className={role ?? ""}>
            <button type="button" className="candidate" onClick={() => onLabel(label)}>
              {digit === null ? <span /> : <kbd>{digit}</kbd>}
              <span className="name theirs">
                {label}
                {role && <em>{t(role)}</em>}
              </span>
              <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
                <rect width={100 * (probability ?? 0)} height="12" rx="1" />
              </svg>
              <span className="value">{t.percent(probability)}</span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
