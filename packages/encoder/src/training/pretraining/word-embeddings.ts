import { createRandom } from "@winnow/numeric";
import { type SparseRows, truncatedSvd } from "../../numeric/svd.js";
import type { TokenTable } from "../../text/tokenizer.js";

/** The distance up to which two tokens of a text are neighbours. */
const WINDOW = 5;

/**
 * Token embeddings (V, E) from the unlabelled texts: positive pointwise mutual information of
 * neighbours (context counts ^ 0.75), a truncated SVD of it, columns times the square root of their
 * singular value, scaled to `deviation`. [CLS] and [SEP] do not count as neighbours; a token
 * without neighbours gets a random row.
 */
export function coOccurrenceEmbeddings(
  tokens: TokenTable,
  vocabularySize: number,
  width: number,
  seed: number,
  deviation = 0.05,
): Float32Array {
  const random = createRandom(seed, "co-occurrence");
  const matrix = mutualInformation(tokens, vocabularySize);
  const rank = Math.min(width, vocabularySize);
  const scaled = truncatedSvd(matrix, vocabularySize, rank, random); // (V, rank)

  let squares = 0;
  let filled = 0;
  for (let i = 0; i < vocabularySize; i++) {
    if (matrix.starts[i] === matrix.starts[i + 1]) continue;
    filled += width;
    for (let j = 0; j < rank; j++) squares += scaled[i * rank + j]! ** 2;
  }
  const factor = squares > 0 ? deviation / Math.sqrt(squares / filled) : 0;
  const embeddings = new Float32Array(vocabularySize * width);
  for (let i = 0; i < vocabularySize; i++) {
    const alone = matrix.starts[i] === matrix.starts[i + 1];
    for (let j = 0; j < width; j++) {
      embeddings[i * width + j] =
        alone || j >= rank ? random.normal() * deviation : scaled[i * rank + j]! * factor;
    }
  }
  return embeddings;
}

function mutualInformation(tokens: TokenTable, size: number): SparseRows {
  const counts = countNeighbours(tokens, size);
  const rowTotals = new Float64Array(size);
  const contextTotals = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let at = counts.starts[i]!; at < counts.starts[i + 1]!; at++) {
      rowTotals[i]! += counts.values[at]!;
      contextTotals[counts.columns[at]!]! += counts.values[at]!;
    }
  }
  const smoothed = contextTotals.map((total) => total ** 0.75);
  const total = smoothed.reduce((sum, value) => sum + value, 0);

  const starts = new Int32Array(size + 1);
  let kept = 0;
  for (let i = 0; i < size; i++) {
    for (let at = counts.starts[i]!; at < counts.starts[i + 1]!; at++) {
      const column = counts.columns[at]!;
      const information = Math.log(
        (counts.values[at]! * total) / (rowTotals[i]! * smoothed[column]!),
      );
      if (information <= 0) continue;
      counts.columns[kept] = column;
      counts.values[kept++] = information;
    }
    starts[i + 1] = kept;
  }
  return {
    starts,
    columns: counts.columns.subarray(0, kept),
    values: counts.values.subarray(0, kept),
  };
}

/** Counts neighbours row by row: one dense accumulator, emptied after each token. */
function countNeighbours({ ids, offsets }: TokenTable, size: number): SparseRows {
  const places = groupPlaces(ids, size);
  const textStart = new Int32Array(ids.length);
  const textEnd = new Int32Array(ids.length);
  for (let text = 0; text + 1 < offsets.length; text++) {
    textStart.fill(offsets[text]! + 1, offsets[text], offsets[text + 1]);
    textEnd.fill(offsets[text + 1]! - 1, offsets[text], offsets[text + 1]);
  }
  const starts = new Int32Array(size + 1);
  let columns = new Int32Array(1 << 20);
  let values = new Float32Array(1 << 20);
  let used = 0;
  const counts = new Float64Array(size);
  const touched = new Int32Array(size);
  for (let token = 0; token < size; token++) {
    let distinct = 0;
    for (let o = places.starts[token]!; o < places.starts[token + 1]!; o++) {
      const place = places.order[o]!;
      if (place < textStart[place]! || place >= textEnd[place]!) continue;
      const from = Math.max(textStart[place]!, place - WINDOW);
      const to = Math.min(textEnd[place]! - 1, place + WINDOW);
      for (let other = from; other <= to; other++) {
        if (other === place) continue;
        const id = ids[other]!;
        if (counts[id]!++ === 0) touched[distinct++] = id;
      }
    }
    if (used + distinct > columns.length) {
      columns = grown(columns, new Int32Array(2 * (used + distinct)));
      values = grown(values, new Float32Array(2 * (used + distinct)));
    }
    for (const id of touched.subarray(0, distinct).sort()) {
      columns[used] = id;
      values[used++] = counts[id]!;
      counts[id] = 0;
    }
    starts[token + 1] = used;
  }
  return { starts, columns: columns.subarray(0, used), values: values.subarray(0, used) };
}

function groupPlaces(
  ids: TokenTable["ids"],
  size: number,
): { starts: Int32Array; order: Int32Array } {
  const starts = new Int32Array(size + 1);
  for (const id of ids) starts[id + 1]!++;
  for (let i = 0; i < size; i++) starts[i + 1]! += starts[i]!;
  const next = starts.slice();
  const order = new Int32Array(ids.length);
  ids.forEach((id, place) => {
    order[next[id]!++] = place;
  });
  return { starts, order };
}

function grown<A extends Int32Array | Float32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
