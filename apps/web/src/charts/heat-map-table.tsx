import { useMemo, useState } from "react";
import { Button } from "react-aria-components";
import { ClassName } from "../elements/class-name.js";
import { VirtualTable } from "../elements/virtual-table.js";
import { useTexts } from "../texts/texts.js";
import type { Cell } from "./heat-map-view.js";

/** The cells of a heat map beside its diagonal, the largest first: the same for those who read. */
export function HeatMapTable({
  values,
  names,
  label,
  rowAxis,
  columnAxis,
  onChoose,
}: {
  readonly values: readonly (readonly number[])[];
  readonly names: readonly string[];
  readonly label: string;
  readonly rowAxis: string;
  readonly columnAxis: string;
  readonly onChoose: ((cell: Cell) => void) | undefined;
}) {
  const t = useTexts();
  const [isOpen, setOpen] = useState(false);
  const cells = useMemo(() => (isOpen ? cellsOf(values) : []), [isOpen, values]);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("asTable")}</summary>
      {isOpen && (
        <VirtualTable
          label={`${label}: ${t("asTable")}`}
          rows={cells}
          keyOf={({ row, column }) => `${row} ${column}`}
          columns={[
            {
              name: rowAxis,
              cell: ({ row }) => (
                <span className="theirs">
                  <ClassName>{names[row] ?? ""}</ClassName>
                </span>
              ),
            },
            {
              name: columnAxis,
              cell: ({ column }) => (
                <span className="theirs">
                  <ClassName>{names[column] ?? ""}</ClassName>
                </span>
              ),
            },
            { name: t("rows"), width: 90, isNumber: true, cell: ({ count }) => t.number(count) },
            ...(onChoose
              ? [
                  {
                    name: t("flags"),
                    width: 110,
                    cell: (cell: Cell) => (
                      <Button className="button small" onPress={() => onChoose(cell)}>
                        {t("open")}
                        <span className="unseen">
                          {t("flagsOfCell", {
                            given: names[cell.row] ?? "",
                            suggested: names[cell.column] ?? "",
                          })}
                        </span>
                      </Button>
                    ),
                  },
                ]
              : []),
          ]}
        />
      )}
    </details>
  );
}

function cellsOf(values: readonly (readonly number[])[]): (Cell & { readonly count: number })[] {
  const cells = values.flatMap((line, row) =>
    line.flatMap((count, column) => (row !== column && count > 0 ? [{ row, column, count }] : [])),
  );
  return cells.sort((a, b) => b.count - a.count);
}
