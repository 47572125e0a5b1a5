import type { Order } from "../input/options.js";
import type { Warning } from "../issues/warnings.js";

/** What a data set's size allows: the full recipe or the quick model alone, and which order. */
export interface RecipeChoice {
  /** `vectors`: two rounds over texts and vectors, whatever the size. */
  readonly rounds: "full" | "quick" | "vectors";
  readonly order: Extract<Order, "error_odds" | "posterior">;
  readonly warnings: readonly Warning[];
}

/** Below either, a second round and a pool make flags worse. */
const FEWEST_ROWS = 1_000;
const FEWEST_PER_CLASS = 20;
/** Below, a matrix of mistakes fitted in steps is one of chance. */
const FEWEST_FOR_STEPS = 3;

/** The recipe for n rows of k classes, and whether each has a vector of a pretrained encoder. */
export function recipeFor(
  n: number,
  k: number,
  { hasVectors = false }: { readonly hasVectors?: boolean } = {},
): RecipeChoice {
  const each = n / k;
  if (hasVectors) return vectorRecipe(n, k);
  if (each < FEWEST_FOR_STEPS) {
    const message =
      `${n} rows of ${k} classes are fewer than ${FEWEST_FOR_STEPS} rows a class: the quick model ` +
      "judges alone, by the posterior; hardly any flag is more than a guess";
    return { rounds: "quick", order: "posterior", warnings: [{ code: "few-rows", message }] };
  }
  if (n < FEWEST_ROWS || each < FEWEST_PER_CLASS) {
    const few =
      n < FEWEST_ROWS
        ? `fewer than ${FEWEST_ROWS} rows`
        : `fewer than ${FEWEST_PER_CLASS} rows a class`;
    const message = `${n} rows of ${k} classes are ${few}: the quick model judges better alone`;
    return { rounds: "quick", order: "error_odds", warnings: [{ code: "few-rows", message }] };
  }
  return { rounds: "full", order: "error_odds", warnings: [] };
}

function vectorRecipe(n: number, k: number): RecipeChoice {
  if (n / k < FEWEST_FOR_STEPS) {
    const message =
      `${n} rows of ${k} classes are fewer than ${FEWEST_FOR_STEPS} rows a class: flags are ordered ` +
      "by the posterior; hardly any is more than a guess";
    return { rounds: "vectors", order: "posterior", warnings: [{ code: "few-rows", message }] };
  }
  if (n >= FEWEST_ROWS) return { rounds: "vectors", order: "error_odds", warnings: [] };
  const message =
    `${n} rows are fewer than ${FEWEST_ROWS}: with vectors the order of flags holds, but shares of ` +
    "wrong labels, above all those of single classes, are rough: look at their intervals";
  return { rounds: "vectors", order: "error_odds", warnings: [{ code: "few-rows", message }] };
}
