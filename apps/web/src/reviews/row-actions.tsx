import { memo } from "react";
import { useTexts } from "../texts/texts.js";
import type { Command } from "./keys.js";

const VERDICTS = [
  ["keep", "Q"],
  ["relabel", "W"],
  ["drop", "E"],
  ["unsure", "N"],
] as const;

/**
 * What can be done with the row, by button. Without a row the buttons stay where the focus is, and do
 * nothing.
 */
export const RowActions = memo(function RowActions({
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
          aria-disabled={!hasRow}
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
        aria-disabled={!hasRow}
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
