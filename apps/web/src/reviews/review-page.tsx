import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { Verdict } from "@winnow/contracts";
import {
  memo,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from "react";
import { Loaded } from "../elements/parts.js";
import { service } from "../service/client.js";
import { useAll, useCall } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { FilterBar } from "./filter-bar.js";
import { KeySheet } from "./key-sheet.js";
import { type Command, commandOf, likeliestOf } from "./keys.js";
import { LabelSearch } from "./label-search.js";
import { Messages } from "./messages.js";
import { Progress } from "./progress.js";
import { QueueList } from "./queue-list.js";
import { RowCard } from "./row-card.js";
import { type ReviewFilter, ReviewSession } from "./session.js";
import { WholeFilter } from "./whole-filter.js";

export function ReviewPage() {
  const { id } = useParams({ from: "/prunings/$id/review" });
  const pruning = useCall("getPruning", { params: { id } });
  return (
    <Loaded from={pruning}>
      {({ datasetId }) => <Review pruningId={id} datasetId={datasetId} />}
    </Loaded>
  );
}

function Review({
  pruningId,
  datasetId,
}: {
  readonly pruningId: string;
  readonly datasetId: string;
}) {
  const t = useTexts();
  const filter = useSearch({ from: "/prunings/$id/review" });
  const navigate = useNavigate({ from: "/prunings/$id/review" });
  const classes = useAll("listDatasetClasses", { params: { id: datasetId } });
  const names = useMemo(() => (classes.data ?? []).map(({ name }) => name), [classes.data]);
  const session = useSession(pruningId, datasetId, filter);
  const shown = useSyncExternalStore(session.subscribe, session.snapshot);
  // The next row is on the screen first; what stands around it follows.
  const later = useDeferredValue(shown);
  const [open, setOpen] = useState<"search" | "help" | null>(null);
  const row = shown.rows[shown.index];
  const choose = useCallback(
    (next: ReviewFilter) => void navigate({ search: next, replace: true }),
    [navigate],
  );
  const relabel = useCallback(
    (label: string) =>
      label === row?.given ? session.decide("keep") : session.decide("relabel", label),
    [row, session],
  );
  const run = useCallback(
    (command: Command) => {
      if (command === "undo") return session.undo();
      if (command === "next") return session.goTo(session.snapshot().index + 1);
      if (command === "previous") return session.goTo(session.snapshot().index - 1);
      if (command === "help" || command === "search") return setOpen(command);
      if (row === undefined) return;
      if (typeof command === "object") {
        const chosen = likeliestOf(row)[command.likeliest];
        if (chosen) relabel(chosen.label);
      } else if (command === "relabel") relabel(row.suggested);
      else session.decide(command satisfies Verdict);
    },
    [row, session, relabel],
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
    <div className="review">
      <div className="page-head">
        <p className="crumb">
          <Link to="/prunings/$id" params={{ id: pruningId }}>
            {t("pruning")}
          </Link>
        </p>
        <h1>{t("review")}</h1>
        <LaterProgress pruningId={pruningId} shown={later} />
      </div>
      <HeldFilterBar pruningId={pruningId} filter={filter} names={names} onChange={choose} />
      <Messages shown={shown} session={session} />
      <RowCard row={row} shown={shown} onCommand={run} onLabel={relabel} />
      <LaterQueue shown={later} session={session} />
      <HeldWholeFilter
        pruningId={pruningId}
        datasetId={datasetId}
        filter={filter}
        session={session}
        names={names}
      />
      {open === "search" && row !== undefined && (
        <LabelSearch
          names={names}
          onClose={() => setOpen(null)}
          onChoose={(label) => {
            setOpen(null);
            relabel(label);
          }}
        />
      )}
      <KeySheet isOpen={open === "help"} onClose={() => setOpen(null)} />
    </div>
  );
}

// A decision draws the row alone: not every class of every list again, nor, at once, the queue.
const HeldFilterBar = memo(FilterBar);
const HeldWholeFilter = memo(WholeFilter);
const LaterProgress = memo(Progress);
const LaterQueue = memo(QueueList);

/** One session for each filter; a new one begins at its first row. */
function useSession(pruningId: string, datasetId: string, filter: ReviewFilter): ReviewSession {
  const key = JSON.stringify(filter);
  const session = useMemo(
    () => new ReviewSession(service(), { pruningId, datasetId }, JSON.parse(key) as ReviewFilter),
    [pruningId, datasetId, key],
  );
  useEffect(() => {
    session.start();
    return () => session.close();
  }, [session]);
  return session;
}
