import type { Random } from "@winnow/numeric";
import type { TokenBatch } from "../../text/batches.js";
import type { TokenTable } from "../../text/tokenizer.js";
import type { Vocabulary } from "../../text/vocabulary.js";

/** A batch for pretraining: some pieces masked, some texts with their halves swapped. */
export interface PretrainingBatch extends TokenBatch {
  readonly segments: Int32Array;
  /** (m) places of masked pieces in `ids`, and (m) the original ids. */
  readonly places: Int32Array;
  readonly originals: Int32Array;
  /** (B): 1 where the halves are swapped. */
  readonly swapped: Int32Array;
}

const MASKED_SHARE = 0.15;

/**
 * ALBERT's two tasks on single texts: each is cut in two at random, half of them are swapped
 * (`[CLS] a [SEP] b [SEP]`), then 15 % of the pieces are masked: of ten, 8 become [MASK], 1 a
 * random piece, 1 stays. Every text has at least one masked piece.
 */
export function createPretrainingBatch(
  tokens: TokenTable,
  rows: Int32Array,
  special: Vocabulary["special"],
  vocabularySize: number,
  maxPositions: number,
  random: Random,
): PretrainingBatch {
  const { "[CLS]": cls, "[SEP]": sep, "[MASK]": mask, "[PAD]": pad } = special;
  const texts: { ids: number[]; second: number; swapped: boolean }[] = [];
  for (const row of rows) {
    const start = tokens.offsets[row]! + 1;
    const end = Math.min(tokens.offsets[row + 1]! - 1, start + maxPositions - 3);
    const pieces = Array.from(tokens.ids.subarray(start, end));
    const cut = pieces.length < 2 ? pieces.length : 1 + random.below(pieces.length - 1);
    const swapped = cut < pieces.length && random.below(2) === 1;
    const halves = [pieces.slice(0, cut), pieces.slice(cut)] as [number[], number[]];
    if (swapped) halves.reverse();
    const ids = [cls, ...halves[0], sep, ...halves[1], sep];
    texts.push({ ids, second: halves[0].length + 2, swapped });
  }

  const length = texts.reduce((longest, { ids }) => Math.max(longest, ids.length), 1);
  const ids = new Int32Array(rows.length * length).fill(pad);
  const segments = new Int32Array(rows.length * length);
  const places: number[] = [];
  const originals: number[] = [];
  texts.forEach((text, b) => {
    ids.set(text.ids, b * length);
    segments.fill(1, b * length + text.second, b * length + text.ids.length);
    const open = text.ids.flatMap((id, s) => (id === cls || id === sep ? [] : [b * length + s]));
    if (open.length === 0) return;
    const sure = open[random.below(open.length)]!;
    for (const place of open) {
      if (place !== sure && random.uniform() >= MASKED_SHARE) continue;
      places.push(place);
      originals.push(ids[place]!);
      const draw = random.uniform();
      if (draw < 0.8) ids[place] = mask;
      else if (draw < 0.9) ids[place] = random.below(vocabularySize);
    }
  });
  return {
    batch: rows.length,
    length,
    ids,
    segments,
    lengths: Int32Array.from(texts, (text) => text.ids.length),
    places: Int32Array.from(places),
    originals: Int32Array.from(originals),
    swapped: Int32Array.from(texts, (text) => Number(text.swapped)),
  };
}
