import type { QueuedFlag } from "@winnow/contracts";
import { Button } from "react-aria-components";
import { useTexts } from "../texts/texts.js";
import { type Command, likeliestOf } from "./keys.js";
import type { Snapshot } from "./session.js";
import { VerdictTag } from "./verdict.js";

/** The row that is being decided: its text, the labels that compete for it, and its like. */
export function RowCard({
  row,
  shown,
  onCommand,
  onLabel,
}: {
  readonly row: QueuedFlag | undefined;
  readonly shown: Snapshot;
  readonly onCommand: (command: Command) => void;
  readonly onLabel: (label: string) => void;
}) {
  const t = useTexts();
  if (row === undefined) {
    const isComing = shown.isLoading || (shown.hasMore && !shown.fault);
    return (
      <section className="card row-card">
        <p className="empty" role="status">
          {isComing ? t("loading") : shown.rows.length === 0 ? t("noneInFilter") : t("endOfQueue")}
        </p>
        <Actions row={row} onCommand={onCommand} undoable={shown.undoable} />
      </section>
    );
  }
  const decision = shown.decisions.get(row.ordinal);
  return (
    <section className="card row-card" aria-label={t("rowOfQueue", { rank: row.rank })}>
      <p className="spread dim small">
        <span>
          #{t.number(row.rank)} · {t("line")} {t.number(row.line)} ·{" "}
          {t("foldName", { fold: row.fold + 1 })}
        </span>
        {decision && <VerdictTag decision={decision} />}
      </p>
      <p className="row-text theirs" aria-live="polite" dir="auto">
        {row.text}
      </p>
      {row.columns.length > 0 && <OtherColumns row={row} />}
      <div className="row-parts">
        <Candidates row={row} onLabel={onLabel} />
        <NearDuplicates row={row} />
      </div>
      <Actions row={row} onCommand={onCommand} undoable={shown.undoable} />
    </section>
  );
}

/** The classes that the model finds likeliest, with the digit that chooses each; the given one always. */
function Candidates({
  row,
  onLabel,
}: {
  readonly row: QueuedFlag;
  readonly onLabel: (label: string) => void;
}) {
  const t = useTexts();
  const likely = likeliestOf(row);
  const isListed = likely.some(({ label }) => label === row.given);
  const all = isListed
    ? likely
    : [...likely, { label: row.given, probability: row.selfConfidence }];
  return (
    <ol className="candidates">
      {all.map(({ label, probability }, i) => {
        const role = label === row.given ? "given" : label === row.suggested ? "suggested" : null;
        const digit = i < likely.length ? i + 1 : null;
        return (
          <li key={label} className={role ?? ""}>
            <Button className="candidate" onPress={() => onLabel(label)}>
              {digit === null ? <span /> : <kbd>{digit}</kbd>}
              <span className="name theirs">
                {label}
                {role && <em>{t(role)}</em>}
              </span>
              <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
                <rect width={100 * probability} height="12" rx="1" />
              </svg>
              <span className="value">{t.percent(probability)}</span>
            </Button>
          </li>
        );
      })}
    </ol>
  );
}

function NearDuplicates({ row }: { readonly row: QueuedFlag }) {
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

function OtherColumns({ row }: { readonly row: QueuedFlag }) {
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

const ACTIONS = [
  ["keep", "Q"],
  ["relabel", "W"],
  ["drop", "E"],
  ["unsure", "N"],
] as const;

function Actions({
  row,
  onCommand,
  undoable,
}: {
  readonly row: QueuedFlag | undefined;
  readonly onCommand: (command: Command) => void;
  readonly undoable: number;
}) {
  const t = useTexts();
  return (
    <div className="row-actions">
      {ACTIONS.map(([command, key]) => (
        <Button
          key={command}
          className={`button verdict ${command}`}
          isDisabled={row === undefined}
          onPress={() => onCommand(command)}
        >
          <kbd>{key}</kbd> {t(`verdict-${command}`)}
        </Button>
      ))}
      <Button className="button" onPress={() => onCommand("undo")}>
        <kbd>Z</kbd> {t("undo")}
        {undoable > 0 && <span className="dim small"> {t.number(undoable)}</span>}
      </Button>
      <Button className="button" isDisabled={row === undefined} onPress={() => onCommand("search")}>
        <kbd>/</kbd> {t("otherLabel")}
      </Button>
      <Button className="button" onPress={() => onCommand("help")}>
        <kbd>?</kbd> {t("keys")}
      </Button>
    </div>
  );
}
