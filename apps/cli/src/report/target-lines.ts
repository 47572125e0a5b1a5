import type { PrecisionPromise } from "@winnow/contracts";
import { hang } from "../terminal/hang.js";
import { count, percent } from "../terminal/text.js";

/** What a target precision promises, and on what ground, in at most `width` columns. */
export function targetLines(promise: PrecisionPromise, width: number): string[] {
  const { target, expected, low, high, noise, rate, seeds, reviewed, cut, order } = promise;
  const kind = rate === null ? `${noise} noise` : `${noise} noise of ${percent(rate)}`;
  const ground = `by ${count(seeds)} runs of an experiment with ${kind}`;
  const reviews = `${count(reviewed.rows)} rows were reviewed at random, ${count(reviewed.wrong)} of them wrong`;
  const said =
    cut === null
      ? `No score reaches ${percent(target)} ${ground}: nothing is flagged.`
      : `${percent(expected)} of the flags are expected to be right (95 %: ${percent(low)} to ${percent(high)}), ${ground}${reviewed.rows > 0 ? `; ${reviews}` : "; no row was reviewed at random, so noise of another kind may do otherwise"}. Cut: ${order} >= ${cut.toPrecision(4)}.`;
  return hang("  ", said, width);
}
