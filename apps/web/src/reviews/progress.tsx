import { useQueryClient } from "@tanstack/react-query";
import type { JsonRoute } from "@winnow/client";
import { useEffect } from "react";
import { Meter } from "../elements/parts.js";
import { useCall } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { SaveMark } from "./save-mark.js";
import type { ReviewSession } from "./session.js";

const SETTLED_MS = 700;

/** Asks a route anew once what was decided is saved, and nobody decides any more. */
export function useFresh(session: ReviewSession, route: JsonRoute): void {
  const client = useQueryClient();
  useEffect(() => {
    let last = session.snapshot();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = session.subscribe(() => {
      const { unsaved, decisions } = session.snapshot();
      if (unsaved === last.unsaved && decisions === last.decisions) return;
      last = session.snapshot();
      clearTimeout(timer);
      if (unsaved > 0) return;
      timer = setTimeout(() => void client.invalidateQueries({ queryKey: [route] }), SETTLED_MS);
    });
    return () => {
      leave();
      clearTimeout(timer);
    };
  }, [session, route, client]);
}

/** How many of the flags are decided, how often they were right, and whether all is saved. */
export function Progress({
  pruningId,
  session,
}: {
  readonly pruningId: string;
  readonly session: ReviewSession;
}) {
  const t = useTexts();
  const report = useCall("getReviewReport", { params: { id: pruningId } });
  useFresh(session, "getReviewReport");
  const {
    flags = 0,
    confirmed = 0,
    rejected = 0,
    unsure = 0,
    precision = null,
  } = report.data ?? {};
  const decided = confirmed + rejected + unsure;
  return (
    <div className="progress">
      <span role="status">
        {t("decidedOf", { decided, flags })}
        {precision && (
          <span className="dim small">
            {" "}
            ·{" "}
            {t("precisionSoFar", {
              share: t.percent(precision.estimate),
              low: t.percent(precision.low),
              high: t.percent(precision.high),
            })}
          </span>
        )}
      </span>
      <Meter share={flags === 0 ? 0 : decided / flags} label={t("progress")} />
      <SaveMark session={session} />
    </div>
  );
}
