import { memo, type ReactNode } from "react";
import { useTexts } from "../texts/texts.js";
import { Candidates } from "./candidates.js";
import { EvidenceOfRow, MarkedText } from "./evidence.js";
import type { Command } from "./keys.js";
import { RowActions } from "./row-actions.js";
import type { RowNames } from "./row-names.js";
import type { ReviewRow } from "./rows.js";
import type { Decision } from "./session.js";
import { useKeptFocus } from "./use-kept-focus.js";
import { VerdictTag } from "./verdict.js";

/**
 * The row that is being decided: its text, the labels that compete for it, why, and its like. Drawn
 * again for another row or decision alone; its buttons are the platform's, which take no time.
 */
export const RowCard = memo(function RowCard({
  row,
  names,
  decision,
  isComing,
  isEmpty,
  undoable,
  atEnd,
  onCommand,
  onLabel,
}: {
  readonly row: ReviewRow | undefined;
  readonly names: RowNames;
  readonly decision: Decision | undefined;
  /** Without a row: whether one is on its way. */
  readonly isComing: boolean;
  /** Without a row: whether there never was one. */
  readonly isEmpty: boolean;
  readonly undoable: number;
  /** Where to go once no row is left. */
  readonly atEnd: ReactNode;
  readonly onCommand: (command: Command) => void;
  readonly onLabel: (label: string) => void;
}) {
  const t = useTexts();
  const focus = useKeptFocus(row);
  return (
    <section
      className="card row-card"
      aria-label={row === undefined ? t("review") : t(names.row, { rank: row.place })}
      {...focus}
    >
      {row === undefined ? (
        <div className="empty">
          <p role="status">{isComing ? t("loading") : isEmpty ? t(names.none) : t("endOfQueue")}</p>
          {!isComing && atEnd}
        </div>
      ) : (
        <Row row={row} decision={decision} onLabel={onLabel} />
      )}
      <RowActions hasRow={row !== undefined} onCommand={onCommand} undoable={undoable} />
    </section>
  );
});

function Row({
  row,
  decision,
  onLabel,
}: {
  readonly row: ReviewRow;
  readonly decision: Decision | undefined;
  readonly onLabel: (label: string) => void;
}) {
  const t = useTexts();
  const { place, line, fold, stability } = row;
  const facts = [
    `#${t.number(place)}`,
    `${t("line")} ${t.number(line)}`,
    ...(fold === null ? [] : [t("foldName", { fold: fold + 1 })]),
  ];
  return (
    <>
      <p className="spread dim small">
        <span>
          {facts.join(" · ")}
          {stability !== null && (
            <span title={t("stabilityHelp")}>
              {" · "}
              {t("modelsDoubt", { share: t.percent(stability, 0) })}
            </span>
          )}
        </span>
        {decision && <VerdictTag decision={decision} />}
      </p>
      <p className="row-text theirs" aria-live="polite" dir="auto">
        <MarkedText row={row} />
      </p>
      {row.columns.length > 0 && <OtherColumns row={row} />}
      <div className="row-parts">
        <Candidates row={row} onLabel={onLabel} />
        <EvidenceOfRow row={row} />
        <NearDuplicates row={row} />
      </div>
    </>
  );
}

function NearDuplicates({ row }: { readonly row: ReviewRow }) {
  const t = useTexts();
  if (row.nearDuplicates.length === 0) return null;
  return (
    <div>
      <h3>{t("nearDuplicatesOfRow")}</h3>
      <ul className="near">
        {row.nearDuplicates.map(({ ordinal, text, label, review }) => (
          <li key={ordinal}>
            <span className="clip theirs" dir="auto">
              {text}
            </span>
            <span className="small theirs">
              {label}
              {review && <> · {t(`verdict-${review}`)}</>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function OtherColumns({ row }: { readonly row: ReviewRow }) {
  const t = useTexts();
  return (
    <details className="small">
      <summary>{t("otherColumns")}</summary>
      <table>
        <tbody>
          {row.columns.map(({ name, value }) => (
            <tr key={name}>
              <td className="dim theirs">{name}</td>
              <td className="theirs">
                {typeof value === "string" ? value : JSON.stringify(value)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
