import { useTexts } from "../texts/texts.js";
import type { RowNames } from "./row-names.js";
import type { ReviewSession } from "./session.js";
import { useShown } from "./use-session.js";
import { useVerdictWords } from "./verdict.js";

/** Tells those who cannot see what was decided last, or taken back. */
export function Said({
  session,
  names,
}: {
  readonly session: ReviewSession;
  readonly names: RowNames;
}) {
  const t = useTexts();
  const inWords = useVerdictWords();
  const said = useShown(session, (shown) => shown.said);
  return (
    <p className="unseen" role="status">
      {said &&
        t("saidDecision", {
          row: t(names.row, { rank: said.place }),
          decision: said.decision ? inWords(said.decision) : t("undecided"),
        })}
    </p>
  );
}
