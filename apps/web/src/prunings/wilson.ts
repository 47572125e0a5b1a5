const Z = 1.959963984540054;

/** Wilson's 95 % interval of a share that was seen in `rows` rows. */
export function wilson(share: number, rows: number): readonly [low: number, high: number] {
  if (rows === 0) return [0, 1];
  const z2 = (Z * Z) / rows;
  const centre = (share + z2 / 2) / (1 + z2);
  const half = (Z * Math.sqrt((share * (1 - share) + z2 / 4) / rows)) / (1 + z2);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
