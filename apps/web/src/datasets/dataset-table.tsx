import { Link } from "@tanstack/react-router";
import type { Dataset } from "@winnow/contracts";
import { StateTag } from "../elements/parts.js";
import { TableBox } from "../elements/table-box.js";
import { useTexts } from "../texts/texts.js";

export function DatasetTable({ items }: { readonly items: readonly Dataset[] }) {
  const t = useTexts();
  return (
    <TableBox label={t("datasets")}>
      <table>
        <thead>
          <tr>
            <th>{t("name")}</th>
            <th>{t("state")}</th>
            <th className="number">{t("rows")}</th>
            <th className="number">{t("classes")}</th>
            <th className="number wide">{t("rejected")}</th>
            <th className="wide">{t("created")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ id, name, state, rows, classes, rejected, createdAt }) => (
            <tr key={id}>
              <td>
                <Link to="/datasets/$id" params={{ id }} className="theirs">
                  {name}
                </Link>
              </td>
              <td>
                <StateTag state={state} />
              </td>
              <td className="number">{rows === null ? "–" : t.number(rows)}</td>
              <td className="number">{classes === null ? "–" : t.number(classes)}</td>
              <td className="number wide">{rejected === null ? "–" : t.number(rejected)}</td>
              <td className="nowrap wide">{t.time(createdAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
