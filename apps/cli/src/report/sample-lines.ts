import type { ReviewSample, SampledShare } from "@winnow/contracts";
import { hang } from "../terminal/hang.js";
import type { Paint } from "../terminal/paint.js";
import { count, pad, percent } from "../terminal/text.js";

const NAME_WIDTH = 11;

/** A sample, how far its review is and what it says, in at most `width` columns. */
export function sampleLines(sample: ReviewSample, width: number, paint: Paint): string[] {
  const { id, size, reviewed, noiseRate, precision, recall, strata, halfWidth } = sample;
  const line = (name: string, value: string) =>
    hang(`  ${paint.dim(pad(name, NAME_WIDTH))}`, value, width);
  return [
    ...hang("", `${paint.bold(id)}  ${count(size)} rows of ${sample.datasetId}`, width),
    "",
    ...line("reviewed", `${count(reviewed)} of ${count(size)}`),
    ...strata.flatMap(({ flagged, rows, sampled, counted, wrong, right, unsure }) =>
      line(
        flagged ? "flagged" : "unflagged",
        `${count(counted)} of ${count(sampled)} count, of ${count(rows)} in the dataset  ${count(wrong)} wrong, ${count(right)} right, ${count(unsure)} unsure`,
      ),
    ),
    "",
    ...line("noise rate", shareText(noiseRate, "of all labels are wrong")),
    ...line("precision", shareText(precision, "of the flagged labels are wrong")),
    ...line("recall", shareText(recall, "of the wrong labels are flagged")),
    "",
    ...(reviewed < size
      ? hang(
          "",
          paint.dim(`Review it: winnow review ${id}. Expected then: ±${percent(halfWidth)}`),
          width,
        )
      : []),
  ];
}

const shareText = (share: SampledShare | null, what: string): string =>
  share === null
    ? "unknown yet"
    : `${percent(share.estimate)}  ${percent(share.low)} to ${percent(share.high)}  ${what}`;
