import type { ItemOf } from "@winnow/client";
import { useState } from "react";
import { Button } from "react-aria-components";
import { Fault } from "../elements/problems.js";
import { usePages } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";

type FoundRoute = "listFoundConflicts" | "listFoundOutliers";

/** A page is always longer than what is on the screen before it. */
const MORE = 200;
const LONGEST_PAGE = 1_000;

/** What a job's result lists of `all` that was found, and on request the others, page by page. */
export function useFound<N extends FoundRoute>(
  route: N,
  { jobId, listed, all }: { jobId: string; listed: readonly ItemOf<N>[]; all: number },
) {
  const [isAsked, setAsked] = useState(false);
  const limit = Math.min(LONGEST_PAGE, listed.length + MORE);
  const pages = usePages<FoundRoute>(
    route,
    { params: { id: jobId }, query: { limit } },
    { enabled: isAsked },
  );
  const items = (pages.items.length > 0 ? pages.items : listed) as readonly ItemOf<N>[];
  const hasMore = isAsked ? pages.hasNextPage : listed.length < all;
  return {
    items,
    more: (
      <More
        error={pages.error}
        isLoading={pages.isFetching}
        hasMore={hasMore}
        retry={() => void pages.refetch()}
        show={() => (isAsked ? void pages.fetchNextPage() : setAsked(true))}
      />
    ),
  };
}

function More({
  error,
  isLoading,
  hasMore,
  retry,
  show,
}: {
  readonly error: Error | null;
  readonly isLoading: boolean;
  readonly hasMore: boolean;
  readonly retry: () => void;
  readonly show: () => void;
}) {
  const t = useTexts();
  if (error) return <Fault error={error} retry={retry} />;
  if (!hasMore && !isLoading) return null;
  return (
    <Button className="button" isDisabled={isLoading} onPress={show}>
      {t("more")}
    </Button>
  );
}
