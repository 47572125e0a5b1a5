// The bars of bench/training.ts: what is asked of each measured size, and whether it was reached.

/** Samples a second, and bytes of memory at most. */
export interface Figures {
  readonly train: number;
  readonly predict: number;
  readonly rss?: number;
}

export type Program = "all" | "cls" | "wasm" | "tfjs-node";

/** One number of blocks and batch size; what was not measured is absent. */
export type MeasuredSize = { readonly blocks: number; readonly batch: number } & Readonly<
  Partial<Record<Program, Figures>>
>;

export interface Bar {
  readonly text: string;
  readonly met: boolean;
}

const NATIVE = "tfjs-node";

/**
 * The bars of what was measured: "all" and "cls" are PyTorch with every position and with the CLS
 * shortcut, "wasm" two folds at once.
 */
export function checkBars(measured: readonly MeasuredSize[]): Bar[] {
  return measured.flatMap((size) => [...ratioBars(size), ...memoryBars(size)]);
}

function ratioBars({ blocks, batch, all, cls, wasm, [NATIVE]: native }: MeasuredSize): Bar[] {
  const where = `${blocks} block${blocks > 1 ? "s" : ""}, batch ${batch}`;
  const bars: Bar[] = [];
  const ask = (
    name: string,
    ours: Figures | undefined,
    peerName: string,
    peer: Figures | undefined,
    key: "train" | "predict",
    least: number,
  ): void => {
    if (ours === undefined || peer === undefined) return;
    const ratio = ours[key] / peer[key];
    const what = key === "train" ? "training" : "prediction";
    const text = `${where}: ${name} ${what} ${ratio.toFixed(2)}x ${peerName}, asked for ${least}x`;
    bars.push({ text, met: ratio >= least });
  };
  if (blocks === 1 && batch === 128) {
    ask("native", native, "PyTorch", all, "train", 3);
    ask("native", native, "PyTorch", all, "predict", 4);
    ask("native", native, "PyTorch with the CLS shortcut", cls, "train", 1);
    ask("native", native, "PyTorch with the CLS shortcut", cls, "predict", 1);
    ask("wasm, two folds,", wasm, "PyTorch", all, "train", 1.2);
  }
  if (blocks === 4) ask("native", native, "PyTorch", all, "train", 1);
  return bars;
}

function memoryBars({ blocks, batch, ...programs }: MeasuredSize): Bar[] {
  if (blocks !== 1 || batch !== 128) return [];
  return (["wasm", NATIVE] as const).flatMap((name) => {
    const rss = programs[name]?.rss;
    if (rss === undefined) return [];
    const text = `1 block, batch 128: ${name} ${(rss / 1e6).toFixed(0)} MB a process, asked for below 900`;
    return [{ text, met: rss < 900e6 }];
  });
}
