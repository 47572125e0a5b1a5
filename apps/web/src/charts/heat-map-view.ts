import { useCallback, useEffect, useState } from "react";
import type { View } from "./draw-heat-map.js";

export interface Cell {
  readonly row: number;
  readonly column: number;
}

const LEAST_CELLS = 4;

const STEPS: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Which part of a square matrix is shown, and which cell of it is meant. */
export function useHeatMapView(size: number) {
  const [view, setView] = useState<View>({ row: 0, column: 0, cells: size });
  const [at, setAt] = useState<Cell | null>(null);
  const showWhole = useCallback(() => setView({ row: 0, column: 0, cells: size }), [size]);
  useEffect(showWhole, [showWhole]);
  const zoom = useCallback(
    (factor: number, around: Cell | null) =>
      setView((now) => {
        const least = Math.min(LEAST_CELLS, size);
        const cells = Math.min(size, Math.max(least, Math.round(now.cells * factor)));
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
  /** The cell beside the present one comes into view; false where the key is no arrow. */
  const walk = (key: string): boolean => {
    const step = STEPS[key];
    if (!step) return false;
    const from = at ?? { row: view.row - step[0], column: view.column - step[1] };
    const inside = (index: number) => Math.min(size - 1, Math.max(0, index));
    const to = { row: inside(from.row + step[0]), column: inside(from.column + step[1]) };
    setAt(to);
    setView((now) => ({
      ...now,
      row: Math.min(to.row, Math.max(now.row, to.row - now.cells + 1)),
      column: Math.min(to.column, Math.max(now.column, to.column - now.cells + 1)),
    }));
    return true;
  };
  return { view, at, setAt, zoom, walk, showWhole };
}
