import type { MetOrder, Verdict } from "@winnow/contracts";

/** Every seventh of 28 rows is flagged: the class of a row is its ordinal modulo 3. */
export const ROWS = 28;
export const CLASSES = 3;
export const FLAGGED: readonly number[] = [0, 7, 14, 21];
export const givenOf = (ordinal: number): number => ordinal % CLASSES;

export interface Decision {
  readonly verdict: Verdict;
  readonly label: number | null;
}

export interface Action {
  readonly id: string;
  readonly version: number;
  readonly actor: string | null;
  readonly order: MetOrder | null;
  readonly rows: ReadonlyMap<number, Decision>;
  isUndone: boolean;
}

/** A random sample: its rows in the order of review. */
export interface Drawn {
  readonly id: string;
  readonly ordinals: readonly number[];
}

/** What must hold: of a row's actions the last that is not undone counts. */
export class ReviewModel {
  readonly actions: Action[] = [];
  readonly samples: Drawn[] = [];

  actionOf(ordinal: number): Action | undefined {
    return this.actions.findLast(({ rows, isUndone }) => !isUndone && rows.has(ordinal));
  }
  decisionOf = (ordinal: number): Decision | undefined => this.actionOf(ordinal)?.rows.get(ordinal);
  versionOf = (ordinal: number): number => this.actionOf(ordinal)?.version ?? 0;

  stateOf(ordinal: number): "pending" | "unsure" | "decided" {
    const verdict = this.decisionOf(ordinal)?.verdict;
    if (verdict === undefined) return "pending";
    return verdict === "unsure" ? "unsure" : "decided";
  }

  /** Whether the given label is not the right one; null where nobody has decided. */
  isWrong(ordinal: number): boolean | null {
    const decision = this.decisionOf(ordinal);
    if (decision === undefined || decision.verdict === "unsure") return null;
    if (decision.verdict === "relabel") return decision.label !== givenOf(ordinal);
    return decision.verdict === "drop";
  }

  /** The class in the split; null: left out. */
  labelAfter(ordinal: number, split: "cleaned" | "relabelled"): number | null {
    const decision = this.decisionOf(ordinal);
    if (decision?.verdict === "drop") return null;
    if (decision?.verdict === "keep") return givenOf(ordinal);
    if (decision?.verdict === "relabel") return decision.label;
    if (!FLAGGED.includes(ordinal)) return givenOf(ordinal);
    return split === "cleaned" ? null : (givenOf(ordinal) + 1) % CLASSES;
  }

  /** Rows that were met at random and decided, with whether they are wrong. */
  metAtRandom(): { ordinal: number; wrong: boolean }[] {
    return [...Array(ROWS).keys()].flatMap((ordinal) => {
      const order = this.actionOf(ordinal)?.order;
      const wrong = this.isWrong(ordinal);
      const isRandom = order === "random" || order === "sample";
      return isRandom && wrong !== null ? [{ ordinal, wrong }] : [];
    });
  }

  /** A stratum of a sample, of which the rows before the first without a review count. */
  stratumOf({ ordinals }: Drawn, flagged: boolean) {
    const own = ordinals.filter((ordinal) => FLAGGED.includes(ordinal) === flagged);
    const first = own.findIndex((ordinal) => this.stateOf(ordinal) === "pending");
    const counted = first === -1 ? own : own.slice(0, first);
    const count = (wrong: boolean | null) =>
      counted.filter((ordinal) => this.isWrong(ordinal) === wrong).length;
    return {
      flagged,
      rows: flagged ? FLAGGED.length : ROWS - FLAGGED.length,
      sampled: own.length,
      reviewed: own.filter((ordinal) => this.stateOf(ordinal) !== "pending").length,
      counted: counted.length,
      wrong: count(true),
      right: count(false),
      unsure: count(null),
    };
  }

  /** The share of wrong labels that a sample says; null where nothing is decided in one of its strata. */
  noiseOf(sample: Drawn): number | null {
    const wrong = [true, false].map((flagged) => {
      const stratum = this.stratumOf(sample, flagged);
      return (stratum.rows * stratum.wrong) / (stratum.wrong + stratum.right);
    });
    return wrong.some(Number.isNaN) ? null : (wrong[0]! + wrong[1]!) / ROWS;
  }
}
