// The table of a run of bench/training.ts, as bench/results/training.md has it.
import type { Figures, MeasuredSize, Program } from "./bars.js";

const ROWS: readonly (readonly [Program, string])[] = [
  ["all", "PyTorch, all positions"],
  ["cls", "PyTorch, the same CLS shortcut"],
  ["wasm", "wasm, two folds"],
  ["eager", "native TensorFlow, eager"],
  ["graph", "native TensorFlow, graph"],
  ["two-graphs", "graph, two folds at once"],
];

/** Samples/s of training / prediction, and MB a process, of each program and size. */
export function tableOf(measured: readonly MeasuredSize[]): string {
  const sizes = measured.map(({ blocks, batch }) => `${blocks} x ${batch}`);
  const lines = ROWS.filter(([program]) => measured.some((size) => size[program])).map(
    ([program, name]) => [name, ...measured.map((size) => cellOf(size[program]))],
  );
  const rows = [["blocks x batch", ...sizes], sizes.concat("").map(() => "---"), ...lines];
  return rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cellOf(figures: Figures | undefined): string {
  if (figures === undefined) return "-";
  const { train, predict, rss } = figures;
  const memory = rss === undefined ? "" : `, ${Math.round(rss / 1e6)} MB`;
  return `${rate(train)} / ${rate(predict)}${memory}`;
}

const rate = (value: number): string => Math.round(value).toLocaleString("en-US");
