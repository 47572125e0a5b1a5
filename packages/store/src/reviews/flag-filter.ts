import type { ReviewOrder, ReviewState } from "@winnow/contracts";

/** Which flags are meant; all that is given must hold. */
export interface FlagBounds {
  /** Class indexes; -1 for a name that is no class, which no flag has. */
  readonly given?: number | undefined;
  readonly suggested?: number | undefined;
  readonly search?: string | undefined;
  readonly state: ReviewState;
  readonly fold?: number | undefined;
  /** From 1, as they are shown. */
  readonly minRank?: number | undefined;
  readonly maxRank?: number | undefined;
  readonly minErrorProbability?: number | undefined;
  readonly maxErrorProbability?: number | undefined;
}

/** The values of a statement, in the order of their places. */
export class Places {
  readonly values: unknown[] = [];

  /** The place of the value: `$3`. */
  of(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** SQL: what a review `r`, which may be missing, is in each state. */
export const OF_STATE: Record<ReviewState, string> = {
  pending: "r.ordinal IS NULL",
  decided: "r.verdict IN ('keep', 'relabel', 'drop')",
  unsure: "r.verdict = 'unsure'",
  any: "true",
};

/**
 * SQL after FROM: the flags `f` of a pruning with their reviews `r`, and with their samples `s` where a
 * text is searched, that fit the bounds.
 */
export function flagsWithin(
  bounds: FlagBounds,
  keys: { readonly pruning: number; readonly dataset: number; readonly samples: string },
  places: Places,
): string {
  const conditions = [`f.pruning_key = ${places.of(keys.pruning)}`, OF_STATE[bounds.state]];
  const bound = (value: unknown, condition: (place: string) => string) => {
    if (value !== undefined) conditions.push(condition(places.of(value)));
  };
  bound(bounds.given, (place) => `f.given = ${place}`);
  bound(bounds.suggested, (place) => `f.suggested = ${place}`);
  bound(bounds.fold, (place) => `f.fold = ${place}`);
  bound(bounds.minRank, (place) => `f.rank >= ${place}::int - 1`);
  bound(bounds.maxRank, (place) => `f.rank <= ${place}::int - 1`);
  bound(bounds.minErrorProbability, (place) => `f.error_probability >= ${place}`);
  bound(bounds.maxErrorProbability, (place) => `f.error_probability <= ${place}`);
  bound(bounds.search && likePattern(bounds.search), (place) => `s.text ILIKE ${place}`);
  const samples = bounds.search ? `JOIN ${keys.samples} s ON s.ordinal = f.ordinal` : "";
  return `flags f ${samples}
    LEFT JOIN reviews r ON r.dataset_key = ${places.of(keys.dataset)} AND r.ordinal = f.ordinal
    WHERE ${conditions.join(" AND ")}`;
}

/** A pattern that finds the text anywhere, whatever signs it has. */
const likePattern = (text: string): string => `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`;

/** What flags are sorted by before their rank: expressions of indexes, and the types of their values. */
export const SORTED_BY: Record<ReviewOrder, { sql: string; type: "int4" | "float8" }> = {
  worst: { sql: "f.rank", type: "int4" },
  posterior: { sql: "(- coalesce(f.error_probability, -1))", type: "float8" },
  random: { sql: "(hashint4(f.ordinal # f.pruning_key))", type: "int4" },
};

export const orderBy = (order: ReviewOrder): string => `${SORTED_BY[order].sql}, f.rank`;
