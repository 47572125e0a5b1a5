import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Meter } from "../elements/parts.js";
import { useCall } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import type { Snapshot } from "./session.js";

const SETTLED_MS = 700;

/** How many of the flags are decided, how often they were right, and whether all is saved. */
export function Progress({
  pruningId,
  shown,
}: {
  readonly pruningId: string;
  readonly shown: Snapshot;
}) {
  const t = useTexts();
  const client = useQueryClient();
  const report = useCall("getReviewReport", { params: { id: pruningId } });
  const { unsaved, isWaiting, decisions } = shown;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew once a decision is saved
  useEffect(() => {
    if (unsaved > 0) return;
    const timer = setTimeout(
      () => void client.invalidateQueries({ queryKey: ["getReviewReport"] }),
      SETTLED_MS,
    );
    return () => clearTimeout(timer);
  }, [unsaved, decisions, client]);
  const {
    flags = 0,
    confirmed = 0,
    rejected = 0,
    unsure = 0,
    precision = null,
  } = report.data ?? {};
  const decided = confirmed + rejected + unsure;
  const save = isWaiting ? "saveWaiting" : unsaved > 0 ? "saving" : "saved";
  return (
    <div className="progress">
      <span>
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
      <span
        className={`tag ${save === "saved" ? "good" : save === "saving" ? "busy" : "bad"}`}
        role="status"
      >
        {t(save)}
      </span>
    </div>
  );
}
