import { type Interval, noiseInterval } from "../count/noise-interval.js";
import type { LabelIssues } from "./label-issues.js";

/** What the labels of one given class are worth. */
export interface ClassNoise {
  readonly class: number;
  readonly rows: number;
  readonly flagged: number;
  /** The estimated share of wrong labels among its rows. */
  readonly rate: number;
  /** 95 %, of the sampling error alone. */
  readonly interval: Interval;
}

/** The noise of each given class, in the order of classes. */
export function noiseByClass(issues: LabelIssues): ClassNoise[] {
  const raw = issues.confidentJointRaw;
  const flagged = new Int32Array(issues.k);
  for (let place = 0; place < issues.indices.length; place++) {
    flagged[issues.flagAt(place).given]! += 1;
  }
  return raw.map((row, c) => {
    const counted = row.reduce((sum, value) => sum + value, 0);
    const off = counted - row[c]!;
    const rate = counted > 0 ? off / counted : 0;
    const rows = issues.classCounts[c]!;
    return {
      class: c,
      rows,
      flagged: flagged[c]!,
      rate,
      interval: noiseInterval(rate, [{ counted, off, rows }]),
    };
  });
}
