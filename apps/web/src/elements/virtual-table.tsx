import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type ReactNode, useEffect, useRef } from "react";

export interface Column<T> {
  readonly name: string;
  readonly width?: number;
  readonly isNumber?: boolean;
  readonly cell: (row: T) => ReactNode;
}

const HEAD_PX = 40;

/**
 * A table of any length: only the rows that can be seen are in the page. `onEnd` is called when the
 * last ones come into view.
 */
export function VirtualTable<T>({
  label,
  columns,
  rows,
  keyOf,
  onEnd,
  height = 37,
  shownIndex,
}: {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string | number;
  readonly onEnd?: (() => void) | undefined;
  readonly height?: number;
  /** The row that is kept in view as it changes. */
  readonly shownIndex?: number;
}) {
  const box = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: 12,
    // The rows stand below the head, of which the list knows nothing.
    scrollPaddingEnd: HEAD_PX,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 5) onEnd?.();
  }, [last, rows.length, onEnd]);
  useEffect(() => {
    if (shownIndex !== undefined && shownIndex < rows.length) {
      virtual.scrollToIndex(shownIndex, { align: "auto" });
    }
  }, [shownIndex, rows.length, virtual]);
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const filler = (size: number) =>
    size > 0 && (
      // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it only holds the place of rows
      <tr role="presentation">
        <td colSpan={columns.length} style={{ height: size, padding: 0, border: 0 }} />
      </tr>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard
    <section className="virtual" ref={box} tabIndex={0} aria-label={label}>
      <table aria-rowcount={rows.length}>
        <thead>
          <tr>
            {columns.map(({ name, width, isNumber }) => (
              <th key={name} style={{ width }} className={isNumber ? "number" : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {filler(before)}
          {items.map(({ index }) => (
            <Row
              key={keyOf(rows[index]!)}
              index={index}
              row={rows[index]!}
              columns={columns as readonly Column<unknown>[]}
              measure={virtual.measureElement}
            />
          ))}
          {filler(after)}
        </tbody>
      </table>
    </section>
  );
}

/** Drawn again only for another row, or where the caller makes new columns. */
const Row = memo(function Row({
  index,
  row,
  columns,
  measure,
}: {
  readonly index: number;
  readonly row: unknown;
  readonly columns: readonly Column<unknown>[];
  readonly measure: (element: HTMLTableRowElement | null) => void;
}) {
  return (
    <tr data-index={index} ref={measure} aria-rowindex={index + 1}>
      {columns.map(({ name, isNumber, cell }) => (
        <td key={name} className={isNumber ? "number" : undefined}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
});
