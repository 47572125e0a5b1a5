import type { Findings } from "@winnow/contracts";
import { TableBox } from "../elements/table-box.js";
import { shareText, useTexts } from "../texts/texts.js";

/** Groups of rows that the model predicts worse than their classes explain. */
export function WeakGroups({
  found: { tested, level, found },
}: {
  readonly found: Findings["weakGroups"];
}) {
  const t = useTexts();
  return (
    <section className="card">
      <h2>{t("weakGroups")}</h2>
      <p className="dim">{t("weakGroupsHelp", { tested, level: t.percent(level, 0) })}</p>
      {found.length === 0 ? (
        <p className="empty">{t("noneFound")}</p>
      ) : (
        <TableBox label={t("weakGroups")}>
          <table>
            <thead>
              <tr>
                <th>{t("column")}</th>
                <th>{t("group")}</th>
                <th className="number">{t("rows")}</th>
                <th className="number">{t("accuracy")}</th>
                <th className="number">{t("expectedAccuracy")}</th>
                <th className="number">{t("adjustedP")}</th>
              </tr>
            </thead>
            <tbody>
              {found.map(({ by, group, rows, accuracy, expected, adjustedP }) => (
                <tr key={`${by} ${group}`}>
                  <td className="theirs">{by}</td>
                  <td className="theirs">{group}</td>
                  <td className="number">{t.number(rows)}</td>
                  <td className="number">{shareText(accuracy, t)}</td>
                  <td className="number">{t.percent(expected)}</td>
                  <td className="number">{t.number(adjustedP, 4)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </section>
  );
}
