import type { SlowInput } from "./slow-loop.js";

/** Uniform numbers in [0, 1), the same for the same seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * A small seeded matrix of a kind that has revealed faults: ties, one-hot rows, absent classes, ...
 */
export function randomMatrix(random: () => number): SlowInput {
  const below = (limit: number) => Math.floor(random() * limit);
  const k = random() < 0.6 ? 2 + below(7) : 2 + below(59);
  const n = Math.max(4, 2 + below(k < 10 ? 90 : 2 * k + 20));
  const single = random() < 0.5;
  const kind = below(5);
  const narrow = single ? Math.fround : (x: number) => x;
  const absent = random() < 0.3 ? below(k) : -1;
  const sharp = 1 + 8 * random();
  const noise = 0.6 * random();
  const labels: number[] = [];
  const probs: number[][] = [];
  for (let i = 0; i < n; i++) {
    const truth = below(k);
    let label = random() < noise ? below(k) : truth;
    if (label === absent) label = (label + 1) % k;
    if (kind === 4 && label > 1 && random() < 0.5) label = 0;
    labels.push(label);
    const weights = Array.from({ length: k }, (_, j) =>
      Math.exp(sharp * (random() + (j === truth ? 0.7 * random() : 0))),
    );
    const sum = weights.reduce((a, b) => a + b);
    let row = weights.map((w) => w / sum);
    if (kind === 1) row = row.map((p) => Math.round(8 * p) / 8);
    if (kind === 2) row = oneHot(k, row.indexOf(Math.max(...row)));
    if (kind === 3 && random() < 0.3) row = row.map(() => 1 / k);
    probs.push(row.map(narrow));
  }
  // at least two classes
  if (labels.every((label) => label === labels[0])) {
    labels[0] = range(k).find((c) => c !== labels[0] && c !== absent) ?? (labels[0]! + 1) % k;
  }
  return { labels, probs, k, single };
}

function oneHot(k: number, at: number): number[] {
  return range(k).map((j) => (j === at ? 1 : 0));
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
