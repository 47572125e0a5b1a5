import { Button } from "react-aria-components";
import { Fault } from "../elements/problems.js";
import { useTexts } from "../texts/texts.js";
import type { ReviewSession } from "./session.js";
import { useShown } from "./use-session.js";
import { useVerdictText } from "./verdict.js";

/** What a reviewer has to know besides the row: a conflict, or what was refused. */
export function Messages({ session }: { readonly session: ReviewSession }) {
  const t = useTexts();
  const say = useVerdictText();
  const conflict = useShown(session, (shown) => shown.conflict);
  const fault = useShown(session, (shown) => shown.fault);
  const place = useShown(session, ({ rows }) => rows[conflict?.index ?? -1]?.place);
  return (
    <>
      {conflict && (
        <div className="notice" role="alert">
          <span className="theirs">
            {t("conflict", {
              rank: place ?? "",
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
