import type { Verdict } from "@winnow/contracts";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { useTexts } from "../texts/texts.js";
import { KeySheet } from "./key-sheet.js";
import { type Command, commandOf, likeliestOf } from "./keys.js";
import { LabelSearch } from "./label-search.js";
import { Messages } from "./messages.js";
import { QueueList } from "./queue-list.js";
import { RowCard } from "./row-card.js";
import type { RowNames } from "./row-names.js";
import { Said } from "./said.js";
import type { ReviewSession } from "./session.js";
import { useShown } from "./use-session.js";

/**
 * Where rows are decided: the present one with what speaks about it, by key or by button, and the
 * queue around it.
 */
export function Desk({
  session,
  classes,
  names,
  onJump,
  atEnd,
}: {
  readonly session: ReviewSession;
  readonly classes: readonly string[];
  readonly names: RowNames;
  /** Goes to a row that is not loaded yet; without it only loaded rows can be gone to. */
  readonly onJump?: ((place: number) => void) | undefined;
  /** Where to go once no row is left; held by the caller. */
  readonly atEnd?: ReactNode;
}) {
  const t = useTexts();
  const [open, setOpen] = useState<"search" | "help" | null>(null);
  const row = useShown(session, ({ rows, index }) => rows[index]);
  const decision = useShown(session, ({ rows, index, decisions }) =>
    decisions.get(rows[index]?.ordinal ?? -1),
  );
  const isComing = useShown(
    session,
    ({ isLoading, hasMore, fault }) => isLoading || (hasMore && !fault),
  );
  const isEmpty = useShown(session, ({ rows }) => rows.length === 0);
  const undoable = useShown(session, (shown) => shown.undoable);
  const relabel = useCallback(
    (label: string) => {
      const { rows, index } = session.snapshot();
      if (label === rows[index]?.given) session.decide("keep");
      else session.decide("relabel", label);
    },
    [session],
  );
  const run = useCallback(
    (command: Command) => {
      const { rows, index } = session.snapshot();
      const present = rows[index];
      if (command === "undo") return session.undo();
      if (command === "next") return session.goTo(index + 1);
      if (command === "previous") return session.goTo(index - 1);
      if (command === "help") return setOpen(command);
      if (present === undefined) return;
      if (command === "search") return setOpen(command);
      if (typeof command === "object") {
        const chosen = likeliestOf(present)[command.likeliest];
        if (chosen) relabel(chosen.label);
      } else if (command === "relabel") relabel(present.suggested);
      else session.decide(command satisfies Verdict);
    },
    [session, relabel],
  );
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const command = commandOf(event);
      if (command === null) return;
      event.preventDefault();
      run(command);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [run]);
  return (
    <>
      <Messages session={session} />
      <RowCard
        {...{ row, names, decision, isComing, isEmpty, undoable, atEnd }}
        onCommand={run}
        onLabel={relabel}
      />
      <Said session={session} names={names} />
      <QueueList session={session} placeName={t(names.place)} onJump={onJump} />
      {open === "search" && row !== undefined && (
        <LabelSearch
          names={classes}
          onClose={() => setOpen(null)}
          onChoose={(label) => {
            setOpen(null);
            relabel(label);
          }}
        />
      )}
      <KeySheet isOpen={open === "help"} onClose={() => setOpen(null)} />
    </>
  );
}
