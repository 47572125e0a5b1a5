import type { Findings } from "@winnow/contracts";
import { HeadedTable } from "../elements/headed-table.js";
import { useTexts } from "../texts/texts.js";
import { useFound } from "./found-pages.js";

/** Groups of rows with nearly the same text and several labels. */
export function Conflicts({
  jobId,
  found: { groups, conflicting, rows, found },
}: {
  readonly jobId: string;
  readonly found: Findings["conflicts"];
}) {
  const t = useTexts();
  const { items, more } = useFound("listFoundConflicts", {
    jobId,
    listed: found,
    all: conflicting,
  });
  return (
    <section className="card">
      <h2>{t("conflictingTexts")}</h2>
      <p className="dim">{t("conflictingTextsHelp", { conflicting, groups, rows })}</p>
      {found.length === 0 ? (
        <p className="empty">{t("noneFound")}</p>
      ) : (
        <HeadedTable
          label={t("conflictingTexts")}
          heads={[
            { text: t("disagreement"), isNumber: true },
            { text: t("label") },
            { text: t("text") },
          ]}
        >
          {items.map((group) => (
            <tr key={group.rows[0]!.ordinal}>
              <td className="number">{t.percent(group.score, 0)}</td>
              <td className="theirs">
                {group.labels.map(({ label, rows: own }) => `${label} (${own})`).join(", ")}
              </td>
              <td>
                {group.rows.map((row) => (
                  <FoundText key={row.ordinal} row={row} />
                ))}
              </td>
            </tr>
          ))}
        </HeadedTable>
      )}
      {more}
    </section>
  );
}

/** Rows that fit no class. */
export function Outliers({
  jobId,
  found: { basis, count, cut, found },
  rows,
}: {
  readonly jobId: string;
  readonly found: Findings["outliers"];
  readonly rows: number;
}) {
  const t = useTexts();
  const { items, more } = useFound("listFoundOutliers", { jobId, listed: found, all: count });
  return (
    <section className="card">
      <h2>{t("outliers")}</h2>
      <p className="dim">
        {t(`outliersHelp-${basis}`)} {t("outliersFigures", { count, rows, cut: t.number(cut, 1) })}
      </p>
      {found.length === 0 ? (
        <p className="empty">{t("noneFound")}</p>
      ) : (
        <HeadedTable
          label={t("outliers")}
          heads={[
            { text: t("outlierScore"), isNumber: true },
            { text: t("given") },
            { text: t("text") },
          ]}
        >
          {items.map((row) => (
            <tr key={row.ordinal}>
              <td className="number">{t.number(row.score, 1)}</td>
              <td className="theirs">{row.label}</td>
              <td>
                <FoundText row={row} />
              </td>
            </tr>
          ))}
        </HeadedTable>
      )}
      {more}
    </section>
  );
}

function FoundText({
  row: { line, text },
}: {
  readonly row: { readonly line: number; readonly text: string };
}) {
  const t = useTexts();
  return (
    <p className="small">
      {t("line")} {t.number(line)}: <span className="theirs">{text}</span>
    </p>
  );
}
