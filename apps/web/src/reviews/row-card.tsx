import { memo, type ReactNode } from "react";
import { useTexts } from "../texts/texts.js";
import { EvidenceOfRow, MarkedText } from "./evidence.js";
import { type Command, likeliestOf } from "./keys.js";
import type { ReviewRow } from "./rows.js";
import type { Decision } from "./session.js";
import { VerdictTag } from "./verdict.js";

/**
 * The row that is being decided: its text, the labels that compete for it, why, and its like. Drawn
 * again for another row or decision alone; its buttons are the platform's, which take no time.
 */
export const RowCard = memo(function RowCard({
  row,
  decision,
  isComing,
  isEmpty,
  undoable,
  atEnd,
  onCommand,
  onLabel,
}: {
  readonly row: ReviewRow | undefined;
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
  return (
    <section
      className="card row-card"
      aria-label={row === undefined ? t("review") : t("rowOfQueue", { rank: row.place })}
    >
      {row === undefined ? (
        <div className="empty">
          <p role="status">
            {isComing ? t("loading") : isEmpty ? t("noneInFilter") : t("endOfQueue")}
          </p>
          {!isComing && atEnd}
        </div>
      ) : (
        <Row row={row} decision={decision} onLabel={onLabel} />
      )}
      <Actions hasRow={row !== undefined} onCommand={onCommand} undoable={undoable} />
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

/** The classes that the model finds likeliest, with the digit that chooses each; the given one always. */
function Candidates({
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
          <li key={label} className={role ?? ""}>
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

const VERDICTS = [
  ["keep", "Q"],
  ["relabel", "W"],
  ["drop", "E"],
  ["unsure", "N"],
] as const;

const Actions = memo(function Actions({
  hasRow,
  onCommand,
  undoable,
}: {
  readonly hasRow: boolean;
  readonly onCommand: (command: Command) => void;
  readonly undoable: number;
}) {
  const t = useTexts();
  return (
    <div className="row-actions">
      {VERDICTS.map(([command, key]) => (
        <button
          type="button"
          key={command}
          className={`button verdict ${command}`}
          disabled={!hasRow}
          onClick={() => onCommand(command)}
        >
          <kbd>{key}</kbd> {t(`verdict-${command}`)}
        </button>
      ))}
      <button type="button" className="button" onClick={() => onCommand("undo")}>
        <kbd>Z</kbd> {t("undo")}
        {undoable > 0 && <span className="dim small"> {t.number(undoable)}</span>}
      </button>
      <button
        type="button"
        className="button"
        disabled={!hasRow}
        onClick={() => onCommand("search")}
      >
        <kbd>/</kbd> {t("otherLabel")}
      </button>
      <button type="button" className="button" onClick={() => onCommand("help")}>
        <kbd>?</kbd> {t("keys")}
      </button>
    </div>
  );
});
