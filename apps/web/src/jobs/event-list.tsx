import type { FollowedEvent } from "@winnow/client";
import { useEffect, useRef } from "react";
import { type TextKey, useTexts } from "../texts/texts.js";
import { useJobEvents } from "./use-job-events.js";

/** A job's events, newest last; it follows them while its end is in view. */
export function EventList({ jobId }: { readonly jobId: string }) {
  const t = useTexts();
  const events = useJobEvents(jobId).filter(({ type }) => type !== "progress");
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  const count = events.length;
  useEffect(() => {
    if (count > 0 && isAtEnd.current) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [count]);
  if (events.length === 0) return <p className="dim">{t("nothing")}</p>;
  return (
    <ol
      className="events"
      ref={list}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard
      tabIndex={0}
      aria-label={t("events")}
      onScroll={({ currentTarget: box }) => {
        isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
      }}
    >
      {events.map(({ id, type, data }) => (
        <li key={id} data-event={id}>
          <span className="dim small">{t.has(`event-${type}`) ? t(`event-${type}`) : type}</span>
          <span className="theirs">{sentenceOf({ id, type, data }, t)}</span>
        </li>
      ))}
    </ol>
  );
}

const KNOWN_STATES = ["queued", "running", "cancelling", "cancelled", "succeeded", "failed"];

/** An event in words: its message and the figures that came with it. */
function sentenceOf({ data }: FollowedEvent, t: ReturnType<typeof useTexts>): string {
  const { message, state, fold, ...rest } = data;
  const figures = Object.entries(rest)
    .filter(([, value]) => value !== null && typeof value !== "object")
    .map(([name, value]) => `${name} ${typeof value === "number" ? t.number(value, 4) : value}`);
  const head =
    typeof message === "string"
      ? message
      : typeof state === "string" && KNOWN_STATES.includes(state)
        ? t(`state-${state}` as TextKey)
        : null;
  const place = typeof fold === "number" ? t("foldName", { fold: fold + 1 }) : null;
  return [place, head, figures.join(" · ")].filter(Boolean).join(" · ");
}
