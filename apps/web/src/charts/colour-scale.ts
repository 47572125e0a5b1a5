/** Points of viridis, from low to high: even steps to the eye, also to one that is colour-blind. */
const VIRIDIS = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 74, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [110, 206, 88],
  [181, 222, 43],
  [253, 231, 37],
] as const;

const STEPS = 256;

/** The scale as pixels of ImageData: 0xAABBGGRR, as little-endian machines read them. */
export const COLOUR_TABLE: Uint32Array = Uint32Array.from({ length: STEPS }, (_, step) => {
  const at = (step / (STEPS - 1)) * (VIRIDIS.length - 1);
  const low = VIRIDIS[Math.floor(at)]!;
  const high = VIRIDIS[Math.ceil(at)]!;
  const mix = (channel: 0 | 1 | 2) =>
    Math.round(low[channel] + (high[channel] - low[channel]) * (at % 1));
  return ((255 << 24) | (mix(2) << 16) | (mix(1) << 8) | mix(0)) >>> 0;
});

/** Where a value stands on a logarithmic scale from 1 to `most`, as a step of the table; below 1: 0. */
export const stepOf = (value: number, most: number): number =>
  value < 1 || most <= 1
    ? value >= 1
      ? STEPS - 1
      : 0
    : Math.round((Math.log(value) / Math.log(most)) * (STEPS - 1 - FIRST_STEP)) + FIRST_STEP;

/** One row is told from none. */
const FIRST_STEP = 40;
