import { useTexts } from "../texts/texts.js";
import type { ReviewSession } from "./session.js";
import { useShown } from "./use-session.js";

/** Whether every decision is saved. */
export function SaveMark({ session }: { readonly session: ReviewSession }) {
  const t = useTexts();
  const save = useShown(session, ({ isWaiting, unsaved }) =>
    isWaiting ? "saveWaiting" : unsaved > 0 ? "saving" : "saved",
  );
  const tone = { saved: "good", saving: "busy", saveWaiting: "bad" }[save];
  return (
    <span className={`tag ${tone}`} role="status">
      {t(save)}
    </span>
  );
}
