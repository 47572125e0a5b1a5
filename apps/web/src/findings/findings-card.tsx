import { Link } from "@tanstack/react-router";
import { Findings, type Job } from "@winnow/contracts";
import { useMemo } from "react";
import { useTexts } from "../texts/texts.js";
import { Conflicts, Outliers } from "./found-rows.js";
import { WeakGroups } from "./weak-groups.js";

/** What else is wrong with a dataset: what to look at first comes first. */
export function FindingsCard({ job }: { readonly job: Job }) {
  const t = useTexts();
  const parsed = useMemo(() => Findings.safeParse(job.result), [job.result]);
  if (!parsed.success) {
    return (
      <section className="card">
        <h2>{t("kind-findings")}</h2>
        <p className="empty">{t("comparisonWaits")}</p>
      </section>
    );
  }
  const found = parsed.data;
  return (
    <>
      <p>
        <Link to="/cross-validations/$id" params={{ id: found.crossValidationId }}>
          {t("run")}
        </Link>
      </p>
      <Conflicts jobId={job.id} found={found.conflicts} />
      <Outliers jobId={job.id} found={found.outliers} rows={found.rows} />
      <WeakGroups found={found.weakGroups} />
      <LabelOrder order={found.labelOrder} />
      <SimilarClasses names={found.similarClasses} />
    </>
  );
}

function LabelOrder({ order }: { readonly order: Findings["labelOrder"] }) {
  const t = useTexts();
  const { kind, neighbours, p } = order;
  return (
    <section className="card">
      <h2>{t("labelOrder")}</h2>
      <p>{t(kind === null ? "labelOrder-chance" : `labelOrder-${kind}`)}</p>
      <p className="dim">
        {t("labelOrderFigures", {
          equal: neighbours.equal,
          pairs: neighbours.pairs,
          expected: Math.round(neighbours.expected),
          p: t.number(p, 4),
        })}
      </p>
    </section>
  );
}

function SimilarClasses({ names }: { readonly names: Findings["similarClasses"] }) {
  const t = useTexts();
  return (
    <section className="card">
      <h2>{t("similarClasses")}</h2>
      {names.length === 0 ? (
        <p className="empty">{t("noneFound")}</p>
      ) : (
        <ul>
          {names.map(({ from, to, fromCount, toCount }) => (
            <li key={`${from} ${to}`}>
              <code className="theirs">{from}</code> ({t.number(fromCount)}),{" "}
              <code className="theirs">{to}</code> ({t.number(toCount)})
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
