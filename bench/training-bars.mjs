// The bars of bench/training.mjs: what is asked of each measured size, and whether it was reached.

const NATIVE = "tfjs-node";

/**
 * `measured` holds, for each number of blocks and batch size, the figures {train, predict, rss} of
 * "all" and "cls" (PyTorch with every position and with the CLS shortcut), "wasm" (two folds at
 * once) and "tfjs-node"; what was not measured is absent, and so are its bars.
 */
export function checkBars(measured) {
  return measured.flatMap((size) => [...ratioBars(size), ...memoryBars(size)]);
}

function ratioBars({ blocks, batch, all, cls, wasm, [NATIVE]: native }) {
  const where = `${blocks} block${blocks > 1 ? "s" : ""}, batch ${batch}`;
  const bars = [];
  const ask = (name, ours, peerName, peer, key, least) => {
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

function memoryBars({ blocks, batch, ...programs }) {
  if (blocks !== 1 || batch !== 128) return [];
  return ["wasm", NATIVE].flatMap((name) => {
    const rss = programs[name]?.rss;
    if (rss === undefined) return [];
    const text = `1 block, batch 128: ${name} ${(rss / 1e6).toFixed(0)} MB a process, asked for below 900`;
    return [{ text, met: rss < 900e6 }];
  });
}
