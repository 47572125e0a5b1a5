import { Link } from "@tanstack/react-router";
import { useCall } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import type { ReviewFilter } from "./rows.js";

const STATES = ["pending", "decided", "unsure", "any"] as const;

/** What is to be decided, and what was, to go back to, with how many of the pruning's flags they are. */
export function StateTabs({
  pruningId,
  filter,
}: {
  readonly pruningId: string;
  readonly filter: ReviewFilter;
}) {
  const t = useTexts();
  const { data } = useCall("getReviewReport", { params: { id: pruningId } });
  const counts = data && {
    pending: data.flags - data.confirmed - data.rejected - data.unsure,
    decided: data.confirmed + data.rejected,
    unsure: data.unsure,
    any: data.flags,
  };
  return (
    <nav className="tabs" aria-label={t("state")}>
      {STATES.map((state) => (
        <Link
          key={state}
          to="/prunings/$id/review"
          params={{ id: pruningId }}
          search={{ ...filter, state }}
          replace
          activeOptions={{ exact: true, includeSearch: true }}
          aria-current={state === filter.state ? "page" : undefined}
        >
          {t(`filter-${state}`)}
          {counts && <span className="count">{t.number(counts[state])}</span>}
        </Link>
      ))}
    </nav>
  );
}
