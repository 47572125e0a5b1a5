import { useEffect, useRef } from "react";
import UPlot from "uplot";
import { colourOf, useIsDark } from "../elements/theme.js";

export interface Curve {
  readonly name: string;
  readonly y: readonly (number | null)[];
  /** Drawn as a line of dashes: a diagonal to compare with. */
  readonly isDashed?: boolean;
}

/** Curves over one axis. `mark` draws an upright line at a place of it. */
export function Curves({
  x,
  xName,
  curves,
  label,
  mark,
  format,
  isShares = false,
}: {
  readonly x: readonly number[];
  readonly xName: string;
  readonly curves: readonly Curve[];
  readonly label: string;
  readonly mark?: number | null | undefined;
  readonly format: (value: number) => string;
  /** Both axes go from 0 to 1, so that the diagonal is one. */
  readonly isShares?: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const isDark = useIsDark();
  // biome-ignore lint/correctness/useExhaustiveDependencies: uPlot takes its colours at the start
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const plot = new UPlot(
      optionsOf({
        xName,
        curves,
        mark,
        format,
        isShares,
        width: element.clientWidth,
        isWhole: x.every(Number.isInteger),
      }),
      [[...x], ...curves.map(({ y }) => [...y])],
      element,
    );
    const resized = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [x, xName, curves, mark, format, isShares, isDark]);
  return <div className="chart" ref={box} role="img" aria-label={label} />;
}

const HEIGHT = 230;
const COLOURS = 8;
/** Between ticks of an axis of whole numbers, such as epochs. */
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100];

function optionsOf({
  xName,
  curves,
  mark,
  format,
  width,
  isWhole,
  isShares,
}: {
  readonly isWhole: boolean;
  readonly isShares: boolean;
  readonly xName: string;
  readonly curves: readonly Curve[];
  readonly mark: number | null | undefined;
  readonly format: (value: number) => string;
  readonly width: number;
}): UPlot.Options {
  const axis = {
    stroke: colourOf("--dim"),
    grid: { stroke: colourOf("--line"), width: 1 },
    ticks: { stroke: colourOf("--line"), width: 1 },
    font: "12px system-ui, sans-serif",
  };
  return {
    width,
    height: HEIGHT,
    scales: isShares
      ? { x: { time: false, range: [0, 1] }, y: { range: [0, 1] } }
      : { x: { time: false } },
    axes: [
      {
        ...axis,
        ...(isWhole ? { incrs: WHOLE_STEPS } : {}),
        label: xName,
        labelSize: 18,
        labelFont: axis.font,
      },
      { ...axis, size: 56, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      { label: xName, value: (_, value) => (value === null ? "–" : String(value)) },
      ...curves.map(({ name, isDashed }, i) => ({
        label: name,
        stroke: isDashed ? colourOf("--line-strong") : colourOf(`--curve-${i % COLOURS}`),
        width: isDashed ? 1 : 2,
        ...(isDashed ? { dash: [4, 4] } : {}),
        points: { size: 6 },
        value: (_: UPlot, value: number | null) => (value === null ? "–" : format(value)),
      })),
    ],
    hooks: {
      draw: [
        (plot) => {
          if (mark === null || mark === undefined) return;
          const at = plot.valToPos(mark, "x", true);
          plot.ctx.save();
          plot.ctx.strokeStyle = colourOf("--relabel");
          plot.ctx.setLineDash([5, 4]);
          plot.ctx.beginPath();
          plot.ctx.moveTo(at, plot.bbox.top);
          plot.ctx.lineTo(at, plot.bbox.top + plot.bbox.height);
          plot.ctx.stroke();
          plot.ctx.restore();
        },
      ],
    },
  };
}
