import { useTexts } from "../texts/texts.js";
import type { ReviewSession } from "./session.js";
import { useShown } from "./use-session.js";

/**
 * Whether every decision is saved. Not said aloud: each decision is, and that the service is away the
 * frame says.
 */
export function SaveMark({ session }: { readonly session: ReviewSession }) {
  const t = useTexts();
  const save = useShown(session, ({ isWaiting, unsaved }) =>
    isWaiting ? "saveWaiting" : unsaved > 0 ? "saving" : "saved",
  );
  const tone = { saved: "good", saving: "busy", saveWaiting: "bad" }[save];
  return <span className={`tag ${tone}`}>{t(save)}</span>;
}
