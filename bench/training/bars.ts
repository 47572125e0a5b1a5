// The bars of bench/training.ts: what is asked of each measured size, and whether it was reached.

/** Samples a second, and bytes of memory at most. */
export interface Figures {
  readonly train: number;
  readonly predict: number;
  readonly rss?: number;
}

/**
 * PyTorch with every position ("all") and with the CLS shortcut ("cls"); two folds at once on wasm;
 * one fold on native TensorFlow by either engine; two folds of the graph engine at once.
 */
export type Program = "all" | "cls" | "wasm" | "eager" | "graph" | "two-graphs";

/** One number of blocks and batch size; what was not measured is absent. */
export type MeasuredSize = { readonly blocks: number; readonly batch: number } & Readonly<
  Partial<Record<Program, Figures>>
>;

export interface Bar {
  readonly text: string;
  readonly met: boolean;
}

const NAMES: Record<Program, string> = {
  all: "PyTorch",
  cls: "PyTorch with the CLS shortcut",
  wasm: "wasm, two folds,",
  eager: "eager",
  graph: "graph",
  "two-graphs": "two graphs at once",
};

type Ask = readonly [ours: Program, peer: Program, key: "train" | "predict", least: number];

function asksOf({ blocks, batch }: MeasuredSize): readonly Ask[] {
  if (blocks === 4) {
    return [
      ["graph", "eager", "train", 1.6],
      ["graph", "all", "train", 1.3],
    ];
  }
  if (blocks !== 1) return [];
  if (batch === 32) return [["graph", "eager", "train", 3.5]];
  if (batch !== 128) return [];
  return [
    ["graph", "eager", "train", 2.5],
    ["graph", "cls", "train", 2.2],
    ["graph", "cls", "predict", 2],
    ["two-graphs", "graph", "train", 1.3],
    ["wasm", "all", "train", 1.2],
  ];
}

/** Megabytes a process, at most, at batch 128. */
const MEMORY: Readonly<Record<number, Partial<Record<Program, number>>>> = {
  1: { wasm: 900, graph: 900 },
  4: { graph: 2000 },
};

/** The bars of what was measured. */
export function checkBars(measured: readonly MeasuredSize[]): Bar[] {
  return measured.flatMap((size) => [...ratioBars(size), ...memoryBars(size)]);
}

function ratioBars(size: MeasuredSize): Bar[] {
  return asksOf(size).flatMap(([ours, peer, key, least]) => {
    const [own, other] = [size[ours], size[peer]];
    if (own === undefined || other === undefined) return [];
    const ratio = own[key] / other[key];
    const what = key === "train" ? "training" : "prediction";
    const text = `${where(size)}: ${NAMES[ours]} ${what} ${ratio.toFixed(2)}x ${NAMES[peer]}, asked for ${least}x`;
    return [{ text, met: ratio >= least }];
  });
}

function memoryBars(size: MeasuredSize): Bar[] {
  if (size.batch !== 128) return [];
  return Object.entries(MEMORY[size.blocks] ?? {}).flatMap(([program, most]) => {
    const rss = size[program as Program]?.rss;
    if (rss === undefined) return [];
    const text = `${where(size)}: ${NAMES[program as Program]} ${(rss / 1e6).toFixed(0)} MB a process, asked for below ${most}`;
    return [{ text, met: rss < most * 1e6 }];
  });
}

const where = ({ blocks, batch }: MeasuredSize): string =>
  `${blocks} block${blocks > 1 ? "s" : ""}, batch ${batch}`;
