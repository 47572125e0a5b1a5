import type { Experiment, JobEstimate, MeanOverSeeds } from "@winnow/contracts";
import { hang } from "../terminal/hang.js";
import { table } from "../terminal/table.js";
import { bytes, count, duration } from "../terminal/text.js";

const NAMES = ["noise", "rate", "precision", "recall", "F1", "AP", "estimated"];

/** An experiment as tables of at most `width` columns, one for each way of pruning. */
export function experimentLines(
  { state, params, cells, summary }: Experiment,
  width: number,
): string[] {
  const finished = cells.filter((cell) => cell.state === "finished").length;
  const tables = params.prunings.flatMap(({ method, order }, pruning) => {
    const rows = summary
      .filter((one) => one.pruning === pruning)
      .map((one) => [
        one.type,
        percents(one.noiseRate.mean),
        withInterval(one.precision),
        withInterval(one.recall),
        one.f1 ? percents(one.f1.mean) : "n/a",
        withInterval(one.averagePrecision),
        percents(one.noiseRate.mean + one.noiseRateError.mean),
      ]);
    if (rows.length === 0) return [];
    const lines = table([NAMES, ...rows], { width, right: new Set([1, 2, 3, 4, 5, 6]) });
    return ["", `${method}, sorted by ${order}:`, ...lines];
  });
  const note = `In percent; means over the seeds, \u00b1 the 95 % interval of the mean. AP: average precision of all rows by the order of the flags. estimated: the noise rate that the pruning estimates.`;
  return [
    `${state}: ${finished} of ${count(cells.length)} runs, ${params.seeds.length} seeds`,
    ...tables,
    ...(summary.length > 0 ? ["", ...hang("", note, width)] : []),
  ];
}

/** What an experiment is going to take. */
export function estimateLine({ rows, seconds, storageBytes }: JobEstimate): string {
  const parts = [
    rows === null ? null : `${count(rows)} rows a run`,
    seconds === null ? "time unknown: nothing like it has run yet" : duration(seconds * 1000),
    storageBytes === null ? null : `up to ${bytes(storageBytes)} of rows at a time`,
  ];
  return `estimate: ${parts.filter((part) => part !== null).join(", ")}`;
}

const percents = (share: number): string => (share * 100).toFixed(1);

function withInterval(found: MeanOverSeeds | null): string {
  if (!found) return "n/a";
  const { mean, low, high } = found;
  if (low === null || high === null) return percents(mean);
  // Cut off at 0 or 1 it is one-sided: the longer side is what the seeds say.
  return `${percents(mean)} \u00b1${percents(Math.max(mean - low, high - mean))}`;
}
