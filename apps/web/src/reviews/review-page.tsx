import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { memo, useCallback, useMemo } from "react";
import { DatasetLink } from "../elements/dataset-link.js";
import { PageHead } from "../elements/page-head.js";
import { Loaded } from "../elements/parts.js";
import { service } from "../service/client.js";
import { useAll, useCall } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { Desk } from "./desk.js";
import { FilterBar } from "./filter-bar.js";
import { Progress } from "./progress.js";
import { FLAG_NAMES } from "./row-names.js";
import { flagRows, type ReviewFilter } from "./rows.js";
import { StateTabs } from "./state-tabs.js";
import { useSession } from "./use-session.js";
import { WholeFilter } from "./whole-filter.js";

const EXACT = { exact: true };

export function ReviewPage() {
  const { id } = useParams({ from: "/prunings/$id/review" });
  const pruning = useCall("getPruning", { params: { id } });
  return (
    <Loaded from={pruning}>
      {({ datasetId }) => <Review pruningId={id} datasetId={datasetId} />}
    </Loaded>
  );
}

function Review({
  pruningId,
  datasetId,
}: {
  readonly pruningId: string;
  readonly datasetId: string;
}) {
  const t = useTexts();
  const filter = useSearch({ from: "/prunings/$id/review" });
  const navigate = useNavigate({ from: "/prunings/$id/review" });
  const classes = useAll("listDatasetClasses", { params: { id: datasetId } });
  const names = useMemo(() => (classes.data ?? []).map(({ name }) => name), [classes.data]);
  // One session for each filter; the address makes a new object of the same one.
  const key = JSON.stringify(filter);
  const source = useMemo(
    () => flagRows(service(), { pruningId, datasetId }, JSON.parse(key) as ReviewFilter),
    [pruningId, datasetId, key],
  );
  const session = useSession(source);
  const choose = useCallback(
    (next: ReviewFilter) => void navigate({ search: next, replace: true }),
    [navigate],
  );
  const jump = useCallback(
    (place: number) => {
      const { maxRank: _, ...rest } = JSON.parse(key) as ReviewFilter;
      choose({ ...rest, order: "worst", minRank: place });
    },
    [choose, key],
  );
  const crumbs = useMemo(
    () => [
      <DatasetLink key="dataset" id={datasetId} />,
      <Link key="pruning" to="/prunings/$id" params={{ id: pruningId }} activeOptions={EXACT}>
        {t("doubtfulLabels")}
      </Link>,
    ],
    [datasetId, pruningId, t],
  );
  const atEnd = useMemo(
    () => (
      <p>
        <Link className="button main" to="/prunings/$id" params={{ id: pruningId }} hash="export">
          {t("toTheExport")}
        </Link>
      </p>
    ),
    [pruningId, t],
  );
  return (
    <div className="review">
      <PageHead title={t("review")} crumbs={crumbs}>
        <Progress pruningId={pruningId} session={session} />
      </PageHead>
      <StateTabs pruningId={pruningId} filter={filter} />
      <HeldFilterBar pruningId={pruningId} filter={filter} names={names} onChange={choose} />
      <Desk session={session} classes={names} names={FLAG_NAMES} onJump={jump} atEnd={atEnd} />
      <HeldWholeFilter
        pruningId={pruningId}
        datasetId={datasetId}
        filter={filter}
        session={session}
        names={names}
      />
    </div>
  );
}

// Nothing of a decision draws every class of every list again.
const HeldFilterBar = memo(FilterBar);
const HeldWholeFilter = memo(WholeFilter);
