import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { Button } from "react-aria-components";
import { useIsDark } from "../elements/theme.js";
import { useTexts } from "../texts/texts.js";
import { type AxisName, axisNames } from "./axis-names.js";
import { drawHeatMap, drawScale, mostOffDiagonal } from "./draw-heat-map.js";
import { HeatMapTable } from "./heat-map-table.js";
import { type Cell, useHeatMapView } from "./heat-map-view.js";

export type { Cell };

/**
 * A square matrix of counts, of any size: zoom by buttons, by the wheel with Ctrl or by a pinch, walk by
 * arrows, choose by click or Enter.
 */
export function HeatMap({
  values,
  names,
  label,
  rowAxis,
  columnAxis,
  sayCell,
  onChoose,
}: {
  readonly values: readonly (readonly number[])[];
  /** Of rows and columns alike. */
  readonly names: readonly string[];
  readonly label: string;
  readonly rowAxis: string;
  readonly columnAxis: string;
  readonly sayCell: (cell: Cell, value: number) => string;
  readonly onChoose?: (cell: Cell) => void;
}) {
  const t = useTexts();
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDark = useIsDark();
  const { view, at, setAt, zoom, walk, showWhole } = useHeatMapView(values.length);
  const most = useMemo(() => mostOffDiagonal(values), [values]);
  const side = useSide(canvas);
  useEffect(() => {
    const inside = view.row + view.cells <= values.length;
    if (canvas.current && inside) drawHeatMap(canvas.current, values, view, most, isDark);
  }, [values, view, most, isDark]);
  // Without Ctrl the wheel is the page's: nobody is held up on the way down. A pinch comes with Ctrl.
  // React's own wheel listeners are passive, and the browser would zoom the page as well.
  useEffect(() => {
    const element = canvas.current;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.25 : 0.8, null);
    };
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, [zoom]);
  const cellAt = (event: PointerEvent<HTMLCanvasElement>): Cell => {
    const box = event.currentTarget.getBoundingClientRect();
    const index = (share: number, start: number) =>
      start + Math.min(view.cells - 1, Math.max(0, Math.floor(share * view.cells)));
    return {
      row: index((event.clientY - box.top) / box.height, view.row),
      column: index((event.clientX - box.left) / box.width, view.column),
    };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && at) onChoose?.(at);
    else if (event.key === "+") zoom(0.7, at);
    else if (event.key === "-") zoom(1.4, at);
    else if (walk(event.key)) event.preventDefault();
  };
  const rows = axisNames(names, { start: view.row, cells: view.cells }, side);
  const columns = axisNames(names, { start: view.column, cells: view.cells }, side);
  const isSeen =
    at !== null &&
    [at.row - view.row, at.column - view.column].every((i) => i >= 0 && i < view.cells);
  const share = (cells: number) => `${(100 * cells) / view.cells}%`;
  return (
    <div className="joint-box">
      <div className="actions">
        <Button className="button small" onPress={() => zoom(0.6, at)}>
          {t("zoomIn")}
        </Button>
        <Button className="button small" onPress={() => zoom(1 / 0.6, at)}>
          {t("zoomOut")}
        </Button>
        <Button className="button small" onPress={showWhole}>
          {t("whole")}
        </Button>
      </div>
      <div className="heat-map">
        <span className="axis-title small dim">
          {rowAxis} ↓ {columnAxis} →
        </span>
        <AxisNames className="axis-columns" names={columns} chosen={at && names[at.column]} />
        <AxisNames className="axis-rows" names={rows} chosen={at && names[at.row]} />
        <div className="heat-cells">
          {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it is walked by arrows, as no element is */}
          <canvas
            ref={canvas}
            role="application"
            aria-label={label}
            tabIndex={0}
            onKeyDown={onKeyDown}
            onPointerMove={(event) => setAt(cellAt(event))}
            onPointerUp={(event) => onChoose?.(cellAt(event))}
          />
          {isSeen && (
            <span
              className="heat-cursor"
              style={{
                left: share(at.column - view.column),
                top: share(at.row - view.row),
                width: share(1),
                height: share(1),
              }}
            />
          )}
        </div>
      </div>
      <Scale most={most} />
      <p className="joint-says theirs" role="status">
        {at
          ? sayCell(at, values[at.row]?.[at.column] ?? 0)
          : rows.length === 0
            ? t("jointZoom")
            : t("jointNone")}
      </p>
      <HeatMapTable {...{ values, names, label, rowAxis, columnAxis, onChoose }} />
    </div>
  );
}

/** How long the side of an element is, in pixels of the page. */
function useSide(element: React.RefObject<HTMLElement | null>): number {
  const [side, setSide] = useState(0);
  useEffect(() => {
    const observed = element.current;
    if (observed === null) return;
    const resized = new ResizeObserver(() => setSide(observed.clientWidth));
    resized.observe(observed);
    return () => resized.disconnect();
  }, [element]);
  return side;
}

const LETTER_PX = 6.5;
const MOST_NAME_PX = 120;
/** Letters of some scripts are twice as wide as Latin ones. */
const columnsOf = (name: string): number =>
  [...name].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 2 : 1), 0);

/** Readers that cannot see the drawing have the table below it. */
function AxisNames({
  className,
  names,
  chosen,
}: {
  readonly className: string;
  readonly names: readonly AxisName[];
  readonly chosen: string | null | undefined;
}) {
  const isRow = className === "axis-rows";
  // Names stand upright above the columns, as high as the longest of them needs.
  const letters = Math.max(0, ...names.map(({ name }) => columnsOf(name)));
  const height = isRow ? undefined : Math.min(MOST_NAME_PX, LETTER_PX * letters + 6);
  return (
    <div className={className} aria-hidden="true" style={{ height }}>
      {names.map(({ name, from, to }) => (
        <span
          key={name + from}
          title={name}
          className={name === chosen ? "chosen" : undefined}
          style={{ [isRow ? "top" : "left"]: `${50 * (from + to)}%` }}
        >
          <bdi>{name}</bdi>
        </span>
      ))}
    </div>
  );
}

function Scale({ most }: { readonly most: number }) {
  const t = useTexts();
  const scale = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (scale.current) drawScale(scale.current);
  }, []);
  return (
    <div className="scale small dim">
      <span>0</span>
      <canvas ref={scale} width={256} height={1} />
      <span>{t.number(most)}</span>
    </div>
  );
}
