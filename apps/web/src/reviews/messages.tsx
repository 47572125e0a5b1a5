import { Button } from "react-aria-components";
import { Fault } from "../elements/parts.js";
import { useTexts } from "../texts/texts.js";
import type { ReviewSession, Snapshot } from "./session.js";
import { useVerdictText } from "./verdict.js";

/** What a reviewer has to know besides the row: a conflict, or what was refused. */
export function Messages({
  shown,
  session,
}: {
  readonly shown: Snapshot;
  readonly session: ReviewSession;
}) {
  const t = useTexts();
  const say = useVerdictText();
  const { conflict, fault, rows } = shown;
  return (
    <>
      {conflict && (
        <div className="notice" role="alert">
          <span className="theirs">
            {t("conflict", {
              rank: rows[conflict.index]?.rank ?? "",
              decision: conflict.decision ? say(conflict.decision) : t("undecided"),
            })}
          </span>
          <Button className="button small" onPress={() => session.goTo(conflict.index)}>
            {t("open")}
          </Button>
        </div>
      )}
      {fault && <Fault error={fault} retry={() => session.reload()} />}
    </>
  );
}
