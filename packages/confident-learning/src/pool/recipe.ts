import type { Order } from "../input/options.js";
import type { LabelIssues } from "../issues/label-issues.js";
import { FEWEST_FOR_STEPS, type Warning } from "../issues/warnings.js";

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
/** A second round costs more than it brings where fewer labels are wrong, and one-sided less than this. */
const LITTLE_NOISE = 0.08;
const ONE_SIDED = 0.5;

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
    const message = `${n} rows of ${k} classes are ${few}: there is no second round, and the quick model judges better alone`;
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

/** What the issues of a pool say against the second round that it has. */
export function secondRoundWarnings({
  noise,
  errorOdds,
}: Pick<LabelIssues, "noise" | "errorOdds">): Warning[] {
  if (errorOdds === undefined) return [];
  if (noise.rate > LITTLE_NOISE || errorOdds.weight > ONE_SIDED) return [];
  const message =
    `about ${(100 * noise.rate).toFixed(1)} % of the labels are wrong, none more one way than the other: ` +
    "there a second round costs about .02 of average precision, and its member quick may order better";
  return [{ code: "little-noise", message }];
}
