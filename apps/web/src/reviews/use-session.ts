import { useEffect, useMemo, useSyncExternalStore } from "react";
import { service } from "../service/client.js";
import type { RowSource } from "./rows.js";
import { ReviewSession, type Snapshot } from "./session.js";

/** A session over the rows of `source`, which its caller holds; another source begins at its first row. */
export function useSession(source: RowSource): ReviewSession {
  const session = useMemo(() => new ReviewSession(service(), source), [source]);
  useEffect(() => {
    session.start();
    return () => session.close();
  }, [session]);
  return session;
}

/** A part of what the session shows: only a change of this part draws the caller again. */
export const useShown = <T>(session: ReviewSession, part: (shown: Snapshot) => T): T =>
  useSyncExternalStore(session.subscribe, () => part(session.snapshot()));
