import type { CorpusWarning } from "../rows/corpus-warning.js";
import type { Vote } from "../rows/samples.js";

/** How far the annotators of a data set agree. */
export interface AnnotatorProfile {
  /** Labels of all of them. */
  votes: number;
  /** Kept rows with the labels of two or more. */
  severalVotes: number;
  /** Of these, the rows whose labels differ. */
  disagreeing: number;
  /** Krippendorff's alpha for nominal data: 1 = they always agree, 0 = as by chance; null: no row tells. */
  alpha: number | null;
  /** By number. */
  annotators: AnnotatorFigures[];
  /** Votes that are not the row's label, by both; the most frequent first, at most 100. */
  pairs: { label: string; vote: string; count: number }[];
}

export interface AnnotatorFigures {
  name: string;
  votes: number;
  /** The share of the votes that are their rows' labels; null without votes. */
  agreementWithLabel: number | null;
  /**
   * The share of other annotators' votes, on rows of several, that are the same; null where nobody else
   * labelled such a row.
   */
  agreementWithOthers: number | null;
}

const MOST_PAIRS = 100;

/**
 * Collects votes row by row. alpha = 1 - Do/De (Krippendorff 2011, "Computing Krippendorff's
 * Alpha-Reliability", nominal data, any number of annotators, missing votes): over rows of m >= 2 votes, N
 * of them in all, Do = (1/N) sum of (m^2 - sum_c n_c^2)/(m - 1), De = (N^2 - sum_c N_c^2)/(N (N - 1)).
 */
export class AnnotatorStatistics {
  #votes = 0;
  #severalVotes = 0;
  #disagreeing = 0;
  #compared = 0;
  #observed = 0;
  readonly #byClass: number[] = [];
  readonly #given: number[] = [];
  readonly #asLabel: number[] = [];
  readonly #others: number[] = [];
  readonly #sameAsOthers: number[] = [];
  /** By label and vote. */
  readonly #pairs = new Map<number, Map<number, number>>();

  /** A row's label and the votes for it. */
  add(label: number, votes: readonly Vote[]): void {
    const m = votes.length;
    this.#votes += m;
    const counts = new Map<number, number>();
    for (const { annotator, classIndex } of votes) {
      counts.set(classIndex, (counts.get(classIndex) ?? 0) + 1);
      plus(this.#given, annotator, 1);
      if (classIndex === label) plus(this.#asLabel, annotator, 1);
      else this.#pair(label, classIndex);
    }
    if (m < 2) return;
    this.#severalVotes += 1;
    if (counts.size > 1) this.#disagreeing += 1;
    this.#compared += m;
    let same = 0;
    for (const [c, count] of counts) {
      same += count * count;
      plus(this.#byClass, c, count);
    }
    this.#observed += (m * m - same) / (m - 1);
    for (const { annotator, classIndex } of votes) {
      plus(this.#others, annotator, m - 1);
      plus(this.#sameAsOthers, annotator, counts.get(classIndex)! - 1);
    }
  }

  profile(annotators: readonly string[], classNames: readonly string[]): AnnotatorProfile {
    return {
      votes: this.#votes,
      severalVotes: this.#severalVotes,
      disagreeing: this.#disagreeing,
      alpha: this.#alpha(),
      annotators: annotators.map((name, j) => ({
        name,
        votes: this.#given[j] ?? 0,
        agreementWithLabel: share(this.#asLabel[j], this.#given[j]),
        agreementWithOthers: share(this.#sameAsOthers[j], this.#others[j]),
      })),
      pairs: [...this.#pairs]
        .flatMap(([label, votes]) =>
          [...votes].map(([vote, count]) => ({
            label: classNames[label] ?? "",
            vote: classNames[vote] ?? "",
            count,
          })),
        )
        .sort((a, b) => b.count - a.count)
        .slice(0, MOST_PAIRS),
    };
  }

  /** What a reader of the profile has to know before a consensus. */
  warnings(): CorpusWarning[] {
    const voters = this.#given.filter((count) => count > 0).length;
    if (voters < 2) {
      const message = "One annotator labelled every row: nobody can be compared with anybody.";
      return [{ code: "one-annotator", message }];
    }
    if (this.#severalVotes > 0) return [];
    const message =
      "No row has the labels of two annotators, so nobody can be compared with anybody. Have some rows labelled twice.";
    return [{ code: "no-overlap", message }];
  }

  #alpha(): number | null {
    const n = this.#compared;
    let expected = n * n;
    for (const count of this.#byClass) expected -= (count ?? 0) ** 2;
    // All votes are one class: nothing tells agreement from chance.
    if (n === 0 || expected === 0) return null;
    return 1 - this.#observed / n / (expected / (n * (n - 1)));
  }

  #pair(label: number, vote: number): void {
    const votes = this.#pairs.get(label) ?? new Map<number, number>();
    votes.set(vote, (votes.get(vote) ?? 0) + 1);
    this.#pairs.set(label, votes);
  }
}

function plus(counts: number[], at: number, count: number): void {
  while (counts.length <= at) counts.push(0);
  counts[at]! += count;
}

const share = (part = 0, whole = 0): number | null => (whole === 0 ? null : part / whole);
