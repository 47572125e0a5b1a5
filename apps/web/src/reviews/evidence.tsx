import { isolate } from "../texts/isolate.js";
import { useTexts } from "../texts/texts.js";
import { spokenNgram, stretchesOf } from "./evidence-marks.js";
import type { ReviewRow } from "./rows.js";

/** The row's text; what speaks for either label is underlined in it. */
export function MarkedText({ row }: { readonly row: ReviewRow }) {
  let at = 0;
  return stretchesOf(row.text, row.evidence).map(({ text, side }) => {
    const key = at;
    at += text.length;
    return side === null ? (
      text
    ) : (
      <mark key={key} className={`speaks ${side}`}>
        {text}
      </mark>
    );
  });
}

/** Why the label is doubted: the words that speak for the suggestion, and for the given label. */
export function EvidenceOfRow({ row }: { readonly row: ReviewRow }) {
  const t = useTexts();
  const { evidence } = row;
  if (evidence === null) return null;
  const sides = [
    ["suggested", row.suggested, evidence.suggested],
    ["given", row.given, evidence.given],
  ] as const;
  const most = Math.max(
    1e-9,
    ...sides.flatMap(([, , parts]) => parts.map(({ weight }) => Math.abs(weight))),
  );
  return (
    <section className="why" aria-label={t("why")}>
      <h3 title={t("whyHelp")}>{t("why")}</h3>
      {sides.map(([side, label, parts]) => (
        <div key={side}>
          <p className="small dim">{t("speaksFor", { label: isolate(label) })}</p>
          {parts.length === 0 ? (
            <p className="small">{t("nothingSpeaks")}</p>
          ) : (
            <ul className={`words ${side}`}>
              {parts.map(({ ngram, weight }) => (
                <li key={ngram}>
                  <span className="theirs">{spokenNgram(row.text, ngram)}</span>
                  <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                    <rect width={(100 * Math.abs(weight)) / most} height="8" rx="1" />
                  </svg>
                  <span className="value">{t.number(Math.abs(weight), 2)}</span>
                </li>
              ))}
            </ul>
          )}
        </div>
      ))}
    </section>
  );
}
