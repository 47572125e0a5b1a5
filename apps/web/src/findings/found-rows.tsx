import type { Findings } from "@winnow/contracts";
import { TableBox } from "../elements/table-box.js";
import { useTexts } from "../texts/texts.js";

/** Groups of rows with nearly the same text and several labels. */
export function Conflicts({
  found: { groups, conflicting, rows, found },
}: {
  readonly found: Findings["conflicts"];
}) {
  const t = useTexts();
  return (
    <section className="card">
      <h2>{t("conflictingTexts")}</h2>
      <p className="dim">{t("conflictingTextsHelp", { conflicting, groups, rows })}</p>
      {found.length === 0 ? (
        <p className="empty">{t("noneFound")}</p>
      ) : (
        <TableBox label={t("conflictingTexts")}>
          <table>
            <thead>
              <tr>
                <th className="number">{t("disagreement")}</th>
                <th>{t("label")}</th>
                <th>{t("text")}</th>
              </tr>
            </thead>
            <tbody>
              {found.map((group) => (
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
            </tbody>
          </table>
        </TableBox>
      )}
    </section>
  );
}

/** Rows that fit no class. */
export function Outliers({
  found: { basis, count, cut, found },
  rows,
}: {
  readonly found: Findings["outliers"];
  readonly rows: number;
}) {
  const t = useTexts();
  return (
    <section className="card">
      <h2>{t("outliers")}</h2>
      <p className="dim">
        {t(`outliersHelp-${basis}`)} {t("outliersFigures", { count, rows, cut: t.number(cut, 1) })}
      </p>
      {found.length === 0 ? (
        <p className="empty">{t("noneFound")}</p>
      ) : (
        <TableBox label={t("outliers")}>
          <table>
            <thead>
              <tr>
                <th className="number">{t("outlierScore")}</th>
                <th>{t("given")}</th>
                <th>{t("text")}</th>
              </tr>
            </thead>
            <tbody>
              {found.map((row) => (
                <tr key={row.ordinal}>
                  <td className="number">{t.number(row.score, 1)}</td>
                  <td className="theirs">{row.label}</td>
                  <td>
                    <FoundText row={row} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
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
