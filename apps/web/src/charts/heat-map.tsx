import {
  type KeyboardEvent,
  type PointerEvent,
  useCallback,
  useEffect,
  useRef,
  useState,
} from "react";
import { Button } from "react-aria-components";
import { useIsDark } from "../elements/theme.js";
import { useTexts } from "../texts/texts.js";
import { drawHeatMap, drawScale, type View } from "./draw-heat-map.js";

export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** A square matrix of counts, of any size: zoom by wheel or button, walk by arrows, choose by click or Enter. */
export function HeatMap({
  values,
  label,
  axes,
  sayCell,
  sayNothing,
  onChoose,
}: {
  readonly values: readonly (readonly number[])[];
  readonly label: string;
  /** What rows and columns are. */
  readonly axes: string;
  readonly sayCell: (cell: Cell, value: number) => string;
  readonly sayNothing: string;
  readonly onChoose?: (cell: Cell) => void;
}) {
  const t = useTexts();
  const size = values.length;
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = useRef<HTMLCanvasElement>(null);
  const isDark = useIsDark();
  const [view, setView] = useState<View>({ row: 0, column: 0, cells: size });
  const [at, setAt] = useState<Cell | null>(null);
  const most = mostOffDiagonal(values);
  useEffect(() => setView({ row: 0, column: 0, cells: size }), [size]);
  useEffect(() => {
    if (canvas.current) drawHeatMap(canvas.current, values, view, at, most, isDark);
  }, [values, view, at, most, isDark]);
  useEffect(() => {
    if (scale.current) drawScale(scale.current);
  }, []);

  const zoom = useCallback(
    (factor: number, around: Cell | null) =>
      setView((now) => {
        const cells = Math.min(size, Math.max(Math.min(4, size), Math.round(now.cells * factor)));
        const middle = around ?? {
          row: now.row + now.cells / 2,
          column: now.column + now.cells / 2,
        };
        const place = (centre: number, start: number) => {
          const share = (centre - start) / now.cells;
          return Math.round(Math.min(size - cells, Math.max(0, centre - share * cells)));
        };
        return { row: place(middle.row, now.row), column: place(middle.column, now.column), cells };
      }),
    [size],
  );
  // React's own wheel listeners are passive, and the page would scroll as well.
  useEffect(() => {
    const element = canvas.current;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && Math.abs(event.deltaY) < 1) return;
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
  const walk = (event: KeyboardEvent) => {
    if (event.key === "Enter" && at) return onChoose?.(at);
    if (event.key === "+") return zoom(0.7, at);
    if (event.key === "-") return zoom(1.4, at);
    const steps: Record<string, [number, number]> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const from = at ?? { row: view.row - step[0], column: view.column - step[1] };
    const inside = (index: number) => Math.min(size - 1, Math.max(0, index));
    const to = { row: inside(from.row + step[0]), column: inside(from.column + step[1]) };
    setAt(to);
    setView((now) => ({
      ...now,
      row: Math.min(to.row, Math.max(now.row, to.row - now.cells + 1)),
      column: Math.min(to.column, Math.max(now.column, to.column - now.cells + 1)),
    }));
  };
  return (
    <div className="joint-box">
      <div className="actions">
        <Button className="button small" onPress={() => zoom(0.6, at)}>
          {t("zoomIn")}
        </Button>
        <Button className="button small" onPress={() => zoom(1 / 0.6, at)}>
          {t("zoomOut")}
        </Button>
        <Button
          className="button small"
          onPress={() => setView({ row: 0, column: 0, cells: size })}
        >
          {t("whole")}
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it is walked by arrows, as no element is */}
      <canvas
        ref={canvas}
        role="application"
        aria-label={label}
        tabIndex={0}
        onKeyDown={walk}
        onPointerMove={(event) => setAt(cellAt(event))}
        onPointerUp={(event) => onChoose?.(cellAt(event))}
      />
      <div className="scale small dim">
        <span>{axes}</span>
      </div>
      <div className="scale small dim">
        <span>0</span>
        <canvas ref={scale} width={256} height={1} />
        <span>{t.number(most)}</span>
      </div>
      <p className="joint-says theirs" role="status">
        {at ? sayCell(at, values[at.row]?.[at.column] ?? 0) : sayNothing}
      </p>
    </div>
  );
}

function mostOffDiagonal(values: readonly (readonly number[])[]): number {
  let most = 1;
  for (const [i, row] of values.entries()) {
    for (const [j, value] of row.entries()) if (i !== j && value > most) most = value;
  }
  return most;
}
