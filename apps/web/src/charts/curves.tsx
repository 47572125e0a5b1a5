import { useEffect, useRef } from "react";
import UPlot from "uplot";
import { colourOf, useIsDark } from "../elements/theme.js";

export interface Curve {
  readonly name: string;
  readonly y: readonly (number | null)[];
  /** Drawn as a line of dashes: a diagonal to compare with. */
  readonly isDashed?: boolean;
  /** Of each value, drawn as an upright line through it. */
  readonly intervals?: readonly (readonly [low: number, high: number])[];
}

/** Curves over one axis. `mark` draws an upright line at a place of it. */
export function Curves({
  x,
  xName,
  curves,
  label,
  mark,
  format,
  formatX,
  isShares = false,
}: {
  readonly x: readonly number[];
  readonly xName: string;
  readonly curves: readonly Curve[];
  readonly label: string;
  readonly mark?: number | null | undefined;
  readonly format: (value: number) => string;
  readonly formatX?: (value: number) => string;
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
        formatX,
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
  }, [x, xName, curves, mark, format, formatX, isShares, isDark]);
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
  formatX = String,
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
  readonly formatX: ((value: number) => string) | undefined;
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
      : { x: { time: false }, ...rangeOf(curves) },
    axes: [
      {
        ...axis,
        ...(isWhole ? { incrs: WHOLE_STEPS } : {}),
        values: (_, ticks) => ticks.map(formatX),
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
        (plot) => drawIntervals(plot, curves),
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

/** Room for the intervals: uPlot knows of the values alone. */
function rangeOf(curves: readonly Curve[]): { y?: UPlot.Scale } {
  const ends = curves.flatMap(({ intervals = [] }) => intervals.flat());
  if (ends.length === 0) return {};
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const room = Math.max(1e-6, 0.06 * (high - low));
  return { y: { range: [low - room, high + room] } };
}

function drawIntervals(plot: UPlot, curves: readonly Curve[]): void {
  const { ctx } = plot;
  for (const [i, { intervals = [] }] of curves.entries()) {
    ctx.save();
    ctx.strokeStyle = colourOf(`--curve-${i % COLOURS}`);
    ctx.lineWidth = devicePixelRatio;
    for (const [place, [low, high]] of intervals.entries()) {
      // Curves stand a little apart, so that neither hides the other's.
      const at = plot.valToPos(plot.data[0][place]!, "x", true) + 3 * i * devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(at, plot.valToPos(low, "y", true));
      ctx.lineTo(at, plot.valToPos(high, "y", true));
      ctx.stroke();
    }
    ctx.restore();
  }
}
