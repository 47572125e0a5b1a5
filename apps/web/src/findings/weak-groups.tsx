import type { Findings } from "@winnow/contracts";
import { HeadedTable } from "../elements/headed-table.js";
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
        <HeadedTable
          label={t("weakGroups")}
          heads={[
            { text: t("column") },
            { text: t("group") },
            { text: t("rows"), isNumber: true },
            { text: t("accuracy"), isNumber: true },
            { text: t("expectedAccuracy"), isNumber: true },
            { text: t("adjustedP"), isNumber: true },
          ]}
        >
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
        </HeadedTable>
      )}
    </section>
  );
}
