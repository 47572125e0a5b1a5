import { Link, useParams, useSearch } from "@tanstack/react-router";
import type { ReviewSample, SampledShare } from "@winnow/contracts";
import { useMemo } from "react";
import { DatasetLink } from "../elements/dataset-link.js";
import { PageHead } from "../elements/page-head.js";
import { type FigureProps, Figures, Loaded, Meter } from "../elements/parts.js";
import { service } from "../service/client.js";
import { useAll, useCall } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { Desk } from "./desk.js";
import { useFresh } from "./progress.js";
import { SAMPLE_NAMES } from "./row-names.js";
import { sampledRows } from "./rows.js";
import { SaveMark } from "./save-mark.js";
import { useSession } from "./use-session.js";

const STATES = ["pending", "decided", "unsure", "any"] as const;

/** A random sample: its rows by the keys of every review, and what they say about all rows so far. */
export function SamplePage() {
  const { id } = useParams({ from: "/review-samples/$id" });
  const sample = useCall("getReviewSample", { params: { id } });
  return <Loaded from={sample}>{(data) => <Sample sample={data} />}</Loaded>;
}

function Sample({ sample }: { readonly sample: ReviewSample }) {
  const t = useTexts();
  const { id, datasetId, pruningId, size, reviewed } = sample;
  const { state = "pending" } = useSearch({ from: "/review-samples/$id" });
  const classes = useAll("listDatasetClasses", { params: { id: datasetId } });
  const names = useMemo(() => (classes.data ?? []).map(({ name }) => name), [classes.data]);
  const source = useMemo(
    () => sampledRows(service(), { id, datasetId }, state),
    [id, datasetId, state],
  );
  const session = useSession(source);
  useFresh(session, "getReviewSample");
  return (
    <div className="review">
      <PageHead
        title={t("randomSample")}
        crumbs={[
          <DatasetLink key="dataset" id={datasetId} />,
          <Link key="pruning" to="/prunings/$id" params={{ id: pruningId }}>
            {t("doubtfulLabels")}
          </Link>,
        ]}
      >
        <div className="progress">
          <span role="status">{t("sampledOf", { reviewed, size })}</span>
          <Meter share={size === 0 ? 0 : reviewed / size} label={t("progress")} />
          <SaveMark session={session} />
        </div>
      </PageHead>
      <Estimates sample={sample} />
      <nav className="tabs" aria-label={t("state")}>
        {STATES.map((one) => (
          <Link
            key={one}
            to="/review-samples/$id"
            params={{ id }}
            search={one === "pending" ? {} : { state: one }}
            replace
            activeOptions={{ exact: true, includeSearch: true }}
            aria-current={one === state ? "page" : undefined}
          >
            {t(`filter-${one}`)}
          </Link>
        ))}
      </nav>
      <Desk session={session} classes={names} names={SAMPLE_NAMES} />
    </div>
  );
}

/** What the reviews say about all rows, each with its interval and how that is made. */
function Estimates({ sample }: { readonly sample: ReviewSample }) {
  const t = useTexts();
  const { noiseRate, precision, recall, isEnough, strata } = sample;
  const figure = (name: string, share: SampledShare | null, help: string): FigureProps => ({
    name,
    value: t.percent(share?.estimate),
    help,
    more:
      share === null
        ? t("notYet")
        : `${t.percent(share.low)} – ${t.percent(share.high)} · ${t(`interval-${share.method}`)}`,
  });
  return (
    <>
      <Figures
        items={[
          figure(t("wrongOfAll"), noiseRate, t("wrongOfAllHelp")),
          figure(t("precision"), precision, t("samplePrecisionHelp")),
          figure(t("recall"), recall, t("sampleRecallHelp")),
        ]}
      />
      <p className="dim small sample-says">
        {isEnough ? t("sampleEnough") : t("sampleNotEnough")}{" "}
        {strata
          .map(({ flagged, counted, sampled, wrong }) =>
            t(flagged ? "stratumFlagged" : "stratumOthers", { counted, sampled, wrong }),
          )
          .join(" ")}
      </p>
    </>
  );
}
