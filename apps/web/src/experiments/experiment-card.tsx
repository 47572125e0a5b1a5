import type { ExperimentSummary, Job, MeanOverSeeds } from "@winnow/contracts";
import { isTerminal } from "@winnow/contracts";
import { useMemo } from "react";
import { Curves } from "../charts/curves.js";
import { DownloadLink } from "../elements/download-link.js";
import { Loaded } from "../elements/parts.js";
import { TableBox } from "../elements/table-box.js";
import { useCall } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";

const EVERY_MS = 2_000;

/** What an experiment has measured so far: precision and recall by rate, and the means in figures. */
export function ExperimentCard({ job }: { readonly job: Job }) {
  const t = useTexts();
  const experiment = useCall(
    "getExperiment",
    { params: { id: job.id } },
    { everyMs: () => (isTerminal(job.state) ? false : EVERY_MS) },
  );
  return (
    <section className="card">
      <h2>{t("experiment")}</h2>
      <p className="dim">{t("experimentHelp")}</p>
      <Loaded from={experiment}>
        {({ summary, cells }) =>
          summary.length === 0 ? (
            <p className="empty">{t("experimentWaits")}</p>
          ) : (
            <>
              <p className="dim">
                {t("runsFinished", {
                  done: cells.filter(({ state }) => state === "finished").length,
                  all: cells.length,
                })}
              </p>
              <Picture summary={summary} />
              <Table summary={summary} />
              <div className="actions" style={{ marginTop: 12 }}>
                <DownloadLink
                  route="getExperimentPicture"
                  input={{ params: { id: job.id } }}
                  file={`experiment-${job.id}.svg`}
                  text={t("downloadPicture")}
                />
              </div>
            </>
          )
        }
      </Loaded>
    </section>
  );
}

const nameOf = ({ type, method, order }: ExperimentSummary): string =>
  `${type} · ${method} · ${order}`;

/** Precision and recall by the rate of the noise; a matrix has no rate, and stands in the table alone. */
function Picture({ summary }: { readonly summary: readonly ExperimentSummary[] }) {
  const t = useTexts();
  const { x, precision, recall } = useMemo(() => {
    const rated = summary.filter(({ rate }) => rate !== null);
    const rates = [...new Set(rated.map(({ rate }) => rate!))].sort((a, b) => a - b);
    const names = [...new Set(rated.map(nameOf))];
    const curves = (key: "precision" | "recall") =>
      names.map((name) => ({
        name,
        y: rates.map(
          (rate) =>
            rated.find((one) => one.rate === rate && nameOf(one) === name)?.[key]?.mean ?? null,
        ),
      }));
    return { x: rates, precision: curves("precision"), recall: curves("recall") };
  }, [summary]);
  const format = useMemo(() => (value: number) => t.percent(value, 0), [t]);
  if (x.length < 2) return null;
  const charts = [
    [t("precision"), precision],
    [t("recall"), recall],
  ] as const;
  return (
    <div className="grid-2">
      {charts.map(([label, curves]) => (
        <div key={label}>
          <h3>{label}</h3>
          <Curves x={x} xName={t("noiseRate")} curves={curves} label={label} format={format} />
        </div>
      ))}
    </div>
  );
}

function Table({ summary }: { readonly summary: readonly ExperimentSummary[] }) {
  const t = useTexts();
  const share = (value: MeanOverSeeds | null) => {
    if (value === null) return "–";
    const { mean, low, high } = value;
    return low === null || high === null
      ? t.percent(mean)
      : `${t.percent(mean)} (${t.percent(low)} – ${t.percent(high)})`;
  };
  return (
    <TableBox label={t("experiment")}>
      <table>
        <thead>
          <tr>
            <th>{t("noiseKind")}</th>
            <th className="number">{t("noiseRate")}</th>
            <th>{t("pruning")}</th>
            <th className="number">{t("seeds")}</th>
            <th className="number">{t("precision")}</th>
            <th className="number">{t("recall")}</th>
            <th className="number">{t("averagePrecision")}</th>
            <th className="number">{t("noiseError")}</th>
          </tr>
        </thead>
        <tbody>
          {summary.map((one) => (
            <tr key={`${one.noise} ${one.rate} ${one.pruning}`}>
              <td>{one.type}</td>
              <td className="number">{t.percent(one.rate)}</td>
              <td>
                {one.method} · {one.order}
              </td>
              <td className="number">{t.number(one.seeds)}</td>
              <td className="number">{share(one.precision)}</td>
              <td className="number">{share(one.recall)}</td>
              <td className="number">{share(one.averagePrecision)}</td>
              <td className="number">{share(one.noiseRateError)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
