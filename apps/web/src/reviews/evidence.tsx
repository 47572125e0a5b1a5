import type { Evidence } from "@winnow/contracts";
import { isolate } from "../texts/isolate.js";
import { useTexts } from "../texts/texts.js";
import { groupsOf } from "./evidence-groups.js";
import { stretchesOf } from "./evidence-marks.js";
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
    ["suggested", row.suggested, groupsOf(row.text, evidence.suggested)],
    ["given", row.given, groupsOf(row.text, evidence.given)],
  ] as const;
  const most = Math.max(
    1e-9,
    ...sides.flatMap(([, , groups]) => groups.map(({ weight }) => Math.abs(weight))),
  );
  return (
    <section className="why" aria-label={t("why")}>
      <h3 title={t("whyHelp")}>{t("why")}</h3>
      {sides.map(([side, label, groups]) => (
        <div key={side}>
          <p className="small dim">{t("speaksFor", { label: isolate(label) })}</p>
          {groups.length === 0 ? (
            <p className="small">{t("nothingSpeaks")}</p>
          ) : (
            <ul className={`words ${side}`}>
              {groups.map(({ text, weight, parts }) => (
                <li key={`${text} ${weight}`}>
                  <span className="theirs">{text}</span>
                  <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                    <rect width={(100 * Math.abs(weight)) / most} height="8" rx="1" />
                  </svg>
                  <span className="value">{t.number(Math.abs(weight), 2)}</span>
                  {parts.length > 1 && (
                    <span className="pieces theirs" title={t("piecesHelp")}>
                      {parts
                        .map(
                          (part) => `${isolate(part.text)} ${t.number(Math.abs(part.weight), 2)}`,
                        )
                        .join(" + ")}
                    </span>
                  )}
                </li>
              ))}
            </ul>
          )}
        </div>
      ))}
      <NearestRows nearest={evidence.nearest} />
    </section>
  );
}

/** The labels of the rows that are nearest by vectors, where the run has any. */
function NearestRows({ nearest = [] }: { readonly nearest: Evidence["nearest"] }) {
  const t = useTexts();
  if (nearest.length === 0) return null;
  return (
    <p className="small">
      <span className="dim" title={t("nearestRowsHelp")}>
        {t("nearestRows")}
      </span>{" "}
      <span className="theirs">
        {nearest
          .map(({ label, similarity }) => `${isolate(label)} ${t.number(similarity, 2)}`)
          .join(" · ")}
      </span>
    </p>
  );
}
