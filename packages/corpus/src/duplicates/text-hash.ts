/** Two independent 32-bit hashes of a text and its length in characters (code points). */
export interface TextHash {
  high: number;
  low: number;
  characters: number;
}

/**
 * Hashes the UTF-16 units of `text` in one pass and writes to `into`, so that the millions of calls
 * of an ingest allocate nothing. 64 bits: among 3 million texts a collision has a probability of
 * about 2e-7. It does not resist an adversary.
 */
export function hashText(text: string, into: TextHash): void {
  let high = 0x9e3779b9 ^ text.length;
  let low = 0x85ebca6b;
  let characters = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if ((unit & 0xfc00) === 0xdc00) characters -= 1;
    high = Math.imul(high ^ unit, 0x01000193);
    high ^= high >>> 15;
    low = Math.imul(low + unit, 0x5bd1e995);
    low ^= low >>> 13;
  }
  into.high = finish(high);
  into.low = finish(low ^ Math.imul(high, 0x27d4eb2f));
  into.characters = characters;
}

/** Spreads the last units' influence over all 32 bits. */
function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}
