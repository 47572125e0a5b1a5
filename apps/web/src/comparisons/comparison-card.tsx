import { type ComparedVersion, Comparison, type Job } from "@winnow/contracts";
import { useMemo } from "react";
import { Curves } from "../charts/curves.js";
import { ClassName } from "../elements/class-name.js";
import { TableBox } from "../elements/table-box.js";
import { shareText, useTexts } from "../texts/texts.js";

/** What a comparison found: the versions side by side, each judged on the same rows, and the curve. */
export function ComparisonCard({ job }: { readonly job: Job }) {
  const t = useTexts();
  const parsed = useMemo(() => Comparison.safeParse(job.result), [job.result]);
  if (!parsed.success) {
    return (
      <section className="card">
        <h2>{t("kind-comparison")}</h2>
        <p className="empty">{t("comparisonWaits")}</p>
      </section>
    );
  }
  const { judge, judged, versions, curve } = parsed.data;
  return (
    <>
      <section className="card">
        <h2>{t("kind-comparison")}</h2>
        <p className="dim">
          {t("comparisonHelp")} {t(`judge-${judge}`, { count: judged })}
        </p>
        <VersionTable versions={versions} />
        <Classes versions={versions} />
      </section>
      {curve && curve.length > 1 && <ReviewCurve curve={curve} />}
    </>
  );
}

function VersionTable({ versions }: { readonly versions: readonly ComparedVersion[] }) {
  const t = useTexts();
  const shares = versions.map(({ accuracy }) => accuracy);
  // Accuracies lie close together: the axis begins a little below the lowest.
  const low = Math.max(0, Math.min(...shares.map((one) => one.low)) - 0.02);
  const high = Math.min(1, Math.max(...shares.map((one) => one.high)) + 0.02);
  const x = (share: number) => (100 * (share - low)) / Math.max(1e-9, high - low);
  return (
    <TableBox label={t("kind-comparison")}>
      <table>
        <thead>
          <tr>
            <th>{t("version")}</th>
            <th className="number">{t("accuracy")}</th>
            <th style={{ minWidth: 180 }}>
              {t.percent(low, 0)} – {t.percent(high, 0)}
            </th>
            <th className="number">{t("difference")}</th>
            <th className="number">{t("learnedRows")}</th>
          </tr>
        </thead>
        <tbody>
          {versions.map(({ version, learned, accuracy, difference }) => (
            <tr key={version}>
              <td>{t(`version-${version}`)}</td>
              <td className="number">{shareText(accuracy, t)}</td>
              <td>
                <svg
                  className="interval"
                  viewBox="0 0 100 14"
                  preserveAspectRatio="none"
                  aria-hidden="true"
                >
                  <line
                    className="bar-interval"
                    x1={x(accuracy.low)}
                    x2={x(accuracy.high)}
                    y1="7"
                    y2="7"
                  />
                  <line
                    className="interval-middle"
                    x1={x(accuracy.estimate)}
                    x2={x(accuracy.estimate)}
                    y1="1"
                    y2="13"
                  />
                </svg>
              </td>
              <td className="number">
                {version === "original" ? "–" : <Difference of={difference} />}
              </td>
              <td className="number">{t.number(learned)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** In points, with its sign; it says more than chance where its interval leaves zero out. */
function Difference({
  of: { estimate, low, high },
}: {
  readonly of: ComparedVersion["difference"];
}) {
  const t = useTexts();
  const points = (share: number) => `${share > 0 ? "+" : ""}${t.number(100 * share, 1)}`;
  const tone = low > 0 ? "good" : high < 0 ? "bad" : "";
  return (
    <span title={t("differenceHelp")}>
      <span className={`tag ${tone}`}>{points(estimate)}</span>{" "}
      <span className="dim small">
        {points(low)} – {points(high)}
      </span>
    </span>
  );
}

function Classes({ versions }: { readonly versions: readonly ComparedVersion[] }) {
  const t = useTexts();
  const [original] = versions;
  if (original === undefined) return null;
  return (
    <details style={{ marginTop: 12 }}>
      <summary>{t("byClass")}</summary>
      <TableBox label={t("byClass")}>
        <table>
          <thead>
            <tr>
              <th>{t("name")}</th>
              <th className="number">{t("judgedRows")}</th>
              {versions.map(({ version }) => (
                <th key={version} className="number">
                  {t(`version-${version}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {original.classes.map(({ name, judged }, i) => (
              <tr key={name}>
                <td className="theirs">
                  <ClassName>{name}</ClassName>
                </td>
                <td className="number">{t.number(judged)}</td>
                {versions.map(({ version, classes }) => (
                  <td key={version} className="number">
                    {shareText(classes[i]?.accuracy ?? null, t)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </details>
  );
}

type Points = NonNullable<Comparison["curve"]>;

/** Accuracy by how many rows are reviewed: those that are flagged first, and as many at random. */
function ReviewCurve({ curve }: { readonly curve: Points }) {
  const t = useTexts();
  const x = useMemo(() => curve.map(({ share }) => share), [curve]);
  const curves = useMemo(
    () =>
      (["byFlags", "atRandom"] as const).map((key) => ({
        name: t(`curve-${key}`),
        y: curve.map((point) => point[key].estimate),
        intervals: curve.map((point) => [point[key].low, point[key].high] as const),
      })),
    [curve, t],
  );
  const format = useMemo(() => (value: number) => t.percent(value, 1), [t]);
  return (
    <section className="card">
      <h2>{t("reviewCurve")}</h2>
      <p className="dim">{t("reviewCurveHelp")}</p>
      <Curves
        x={x}
        xName={t("reviewedShare")}
        curves={curves}
        label={t("reviewCurve")}
        format={format}
        formatX={format}
      />
      <TableBox label={t("reviewCurve")}>
        <table>
          <thead>
            <tr>
              <th className="number">{t("reviewedShare")}</th>
              <th className="number">{t("rows")}</th>
              <th className="number">{t("curve-byFlags")}</th>
              <th className="number">{t("curve-atRandom")}</th>
            </tr>
          </thead>
          <tbody>
            {curve.map(({ share, reviewed, byFlags, atRandom }) => (
              <tr key={share}>
                <td className="number">{t.percent(share)}</td>
                <td className="number">{t.number(reviewed)}</td>
                <td className="number">{shareText(byFlags, t)}</td>
                <td className="number">{shareText(atRandom, t)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}
