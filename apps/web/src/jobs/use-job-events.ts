import { type FollowedEvent, followEvents } from "@winnow/client";
import { useEffect, useState } from "react";
import { service } from "../service/client.js";

/** Kept of a job's events: a long training has thousands, and the list shows the end. */
const MOST = 2_000;
const GATHER_MS = 200;

/** A job's events as they come, the newest last; a lost connection goes on where it broke. */
export function useJobEvents(id: string): readonly FollowedEvent[] {
  const [events, setEvents] = useState<readonly FollowedEvent[]>([]);
  useEffect(() => {
    const ending = new AbortController();
    let waiting: FollowedEvent[] = [];
    // Many come at once at first; each drawing takes them together.
    const timer = setInterval(() => {
      if (waiting.length === 0) return;
      const more = waiting;
      waiting = [];
      setEvents((seen) => [...seen, ...more].slice(-MOST));
    }, GATHER_MS);
    setEvents([]);
    const follow = async () => {
      const options = { signal: ending.signal, patienceMs: Number.POSITIVE_INFINITY };
      for await (const event of followEvents(service(), id, options)) waiting.push(event);
    };
    follow().catch(() => {
      // The job itself says what is wrong; without events the page is whole.
    });
    return () => {
      ending.abort(new DOMException("the page has gone on", "AbortError"));
      clearInterval(timer);
    };
  }, [id]);
  return events;
}
