import { type FormEvent, memo, useCallback, useDeferredValue, useMemo, useState } from "react";
import { LabelChange } from "../elements/label-change.js";
import { type Column, VirtualTable } from "../elements/virtual-table.js";
import { useTexts } from "../texts/texts.js";
import type { ReviewRow } from "./rows.js";
import type { ReviewSession } from "./session.js";
import { useShown } from "./use-session.js";
import { VerdictTag } from "./verdict.js";

interface Place {
  readonly row: ReviewRow;
  readonly index: number;
}

/**
 * The rows of the queue as far as they are loaded: those decided to go back to, and those to come. A
 * decision draws two cells of it again.
 */
export const QueueList = memo(function QueueList({
  session,
  placeName,
  onJump,
}: {
  readonly session: ReviewSession;
  readonly placeName: string;
  readonly onJump?: ((place: number) => void) | undefined;
}) {
  const t = useTexts();
  const rows = useShown(session, (shown) => shown.rows);
  const hasMore = useShown(session, (shown) => shown.hasMore);
  // The next row is on the screen first; the list follows.
  const present = useDeferredValue(useShown(session, ({ index }) => index));
  const places = useMemo(() => rows.map((row, index) => ({ row, index })), [rows]);
  const columns = useMemo(
    (): readonly Column<Place>[] => [
      {
        name: placeName,
        width: 84,
        isNumber: true,
        cell: (place) => <PlaceButton session={session} place={place} />,
      },
      {
        name: t("text"),
        cell: ({ row }) => <span className="clip one theirs">{row.text}</span>,
      },
      {
        name: `${t("given")} → ${t("suggested")}`,
        width: 310,
        cell: ({ row }) => (
          <span className="clip one theirs">
            <LabelChange given={row.given} suggested={row.suggested} />
          </span>
        ),
      },
      {
        name: t("decision"),
        width: 150,
        cell: ({ row }) => <Decided session={session} ordinal={row.ordinal} />,
      },
    ],
    [session, placeName, t],
  );
  const onEnd = useCallback(() => session.loadMore(), [session]);
  if (rows.length === 0) return null;
  return (
    <details className="card queue" open>
      <summary>
        {t("queue")}{" "}
        <span className="dim small">
          {t.number(rows.length)}
          {hasMore ? "+" : ""}
        </span>
      </summary>
      {onJump && <JumpForm places={places} session={session} onJump={onJump} />}
      <VirtualTable
        label={t("queue")}
        rows={places}
        keyOf={keyOf}
        height={45}
        shownIndex={present}
        onEnd={onEnd}
        columns={columns}
      />
    </details>
  );
});

const keyOf = ({ row }: Place): number => row.ordinal;

function PlaceButton({
  session,
  place: { row, index },
}: {
  readonly session: ReviewSession;
  readonly place: Place;
}) {
  const t = useTexts();
  const isPresent = useShown(session, (shown) => shown.index === index);
  return (
    <button
      type="button"
      className="button small bare"
      onClick={() => session.goTo(index)}
      aria-current={isPresent}
    >
      {isPresent ? "▸ " : ""}
      {t.number(row.place)}
    </button>
  );
}

function Decided({
  session,
  ordinal,
}: {
  readonly session: ReviewSession;
  readonly ordinal: number;
}) {
  const decision = useShown(session, ({ decisions }) => decisions.get(ordinal));
  return decision ? <VerdictTag decision={decision} /> : null;
}

/** To a row by its number: at once where it is loaded, else the queue begins there. */
function JumpForm({
  places,
  session,
  onJump,
}: {
  readonly places: readonly Place[];
  readonly session: ReviewSession;
  readonly onJump: (place: number) => void;
}) {
  const t = useTexts();
  const [typed, setTyped] = useState("");
  const jump = (event: FormEvent) => {
    event.preventDefault();
    const place = Number(typed);
    if (!Number.isInteger(place) || place < 1) return;
    const loaded = places.find(({ row }) => row.place === place);
    if (loaded) session.goTo(loaded.index);
    else onJump(place);
    setTyped("");
  };
  return (
    <form className="jump" onSubmit={jump}>
      <label>
        {t("goTo")}{" "}
        <input
          type="number"
          inputMode="numeric"
          min={1}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </label>
      <button type="submit" className="button small" disabled={typed === ""}>
        {t("go")}
      </button>
    </form>
  );
}
