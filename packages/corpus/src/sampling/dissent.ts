import { CorpusError } from "../errors.js";
import type { InjectedNoise } from "./noise.js";
import { below, randomFor } from "./random.js";

/**
 * Labels that annotators really gave instead of the ones that count. Without a rate each row gets one of
 * its votes, as if one annotator had labelled it; with a rate that share of the rows gets a vote that is
 * another than its label.
 */
export interface DissentSpec {
  readonly type: "annotators";
  readonly rate?: number | undefined;
}

/** The votes of rows: those of row i are `classes` from `starts[i]` to `starts[i + 1]`. */
export interface RowVotes {
  readonly starts: readonly number[];
  readonly classes: readonly number[];
}

/**
 * Changes some of the true `labels` (n, class indexes below k) into labels that annotators gave. The
 * same votes, rate and seed give the same result. Throws CorpusError "bad-noise" where too few rows have
 * a dissenting vote.
 */
export function injectDissent(
  labels: Int32Array,
  { starts, classes }: RowVotes,
  { rate }: DissentSpec,
  { k, seed }: { readonly k: number; readonly seed: number },
): InjectedNoise {
  const random = randomFor("noise", seed);
  const given = labels.slice();
  const dissenting = (row: number) =>
    classes.slice(starts[row], starts[row + 1]).filter((vote) => vote !== labels[row]);
  if (rate === undefined) {
    for (let row = 0; row < labels.length; row++) {
      const votes = starts[row + 1]! - starts[row]!;
      if (votes > 0) given[row] = classes[starts[row]! + below(random, votes)]!;
    }
  } else {
    const rows = [...labels.keys()].filter((row) => dissenting(row).length > 0);
    const wanted = Math.round(rate * labels.length);
    if (wanted > rows.length) throw tooFew(rate, rows.length, labels.length);
    for (let i = 0; i < wanted; i++) {
      const j = i + below(random, rows.length - i);
      [rows[i], rows[j]] = [rows[j]!, rows[i]!];
      const votes = dissenting(rows[i]!);
      given[rows[i]!] = votes[below(random, votes.length)]!;
    }
  }
  const joint = new Uint32Array(k * k);
  let changed = 0;
  for (const [row, label] of labels.entries()) {
    joint[label * k + given[row]!]! += 1;
    changed += Number(given[row] !== label);
  }
  return { labels: given, changed, joint };
}

const tooFew = (rate: number, dissenting: number, rows: number): CorpusError =>
  new CorpusError(
    "bad-noise",
    `${dissenting} of ${rows} rows have a label that an annotator gave instead; a rate of ${rate} needs more. The rate can be at most ${Math.floor((1000 * dissenting) / rows) / 1000}.`,
  );
