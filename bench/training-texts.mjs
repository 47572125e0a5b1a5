// Token rows as long as the real titles (median 23 characters, p95 33, p99 40), from a Zipf
// vocabulary of 4,500 pieces, with 428 classes: the same numbers for every program measured.
export const VOCABULARY = 4500;
export const CLASSES = 428;

/** `rows` texts as a token table with labels, seeded. */
export function makeTexts(rows, seed = 1) {
  let state = seed >>> 0;
  const uniform = () => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const ids = [];
  const offsets = [0];
  const labels = [];
  for (let row = 0; row < rows; row++) {
    const length = Math.min(62, Math.max(4, Math.round(22.6 + 6.8 * normal())));
    ids.push(2);
    for (let i = 0; i < length; i++) ids.push(5 + Math.floor((VOCABULARY - 5) ** uniform()) - 1);
    ids.push(3);
    offsets.push(ids.length);
    labels.push(Math.floor(uniform() * CLASSES));
  }
  return {
    ids: Int32Array.from(ids),
    offsets: Int32Array.from(offsets),
    labels: Int32Array.from(labels),
  };
}
