import { relative } from "node:path";
import { noiseLines } from "../report/noise-lines.js";
import { worstHeading, worstLines, worstRow } from "../report/worst-lines.js";
import { hang } from "../terminal/hang.js";
import { write } from "../terminal/output.js";
import { COLORS, type Paint, PLAIN } from "../terminal/paint.js";
import { table } from "../terminal/table.js";
import { columnsOf, count, duration, pad, percent } from "../terminal/text.js";
import { warningLines } from "../terminal/warnings.js";
import type { DemoReport } from "./report.js";

/** Prints a demo's report, as wide as the terminal. */
export function printReport(report: DemoReport, stream: NodeJS.WriteStream): void {
  write(stream, ["", ...reportLines(report, columnsOf(stream), COLORS)].join("\n"));
}

/** The report as lines of at most `columns` columns. */
export function reportLines(report: DemoReport, columns: number, paint: Paint = PLAIN): string[] {
  return [
    paint.bold("Held-out accuracy"),
    ...accuracyLines(report, paint),
    "",
    paint.bold("Label noise"),
    ...noiseLines(noiseOf(report), columns, paint),
    "",
    paint.bold("Quick and full"),
    ...comparisonLines(report, paint),
    "",
    paint.bold(worstHeading(report.worst.length)),
    ...worstLines(report.worst.map(worstRow), "line", columns, paint),
    "",
    ...report.warnings.flatMap((warning) => warningLines(warning, columns, paint)),
    ...(report.warnings.length > 0 ? [""] : []),
    ...fileLines(report, columns, paint),
  ];
}

function accuracyLines({ crossValidation, dataset }: DemoReport, paint: Paint): string[] {
  const { folds, accuracy, trueAccuracy } = crossValidation;
  const hasTruth = trueAccuracy !== null;
  const row = (name: string, rows: number | null, given: number | null, truth: number | null) => [
    `  ${name}`,
    rows === null ? "n/a" : count(rows),
    percent(given),
    ...(hasTruth ? [percent(truth)] : []),
  ];
  const head = ["", "rows", "given labels", ...(hasTruth ? ["true labels"] : [])];
  const [headLine, ...lines] = table(
    [
      head,
      ...folds.map(({ fold, rows, accuracy: own, trueAccuracy: truth }) =>
        row(`fold ${fold + 1}`, rows, own, truth),
      ),
      row("all", dataset.rows, accuracy, trueAccuracy),
    ],
    { right: new Set([1, 2, 3]) },
  );
  return [paint.dim(headLine ?? ""), ...lines];
}

/** What each model took and found; at the same number of flags, so that precisions compare. */
function comparisonLines({ comparison: { at, runs } }: DemoReport, paint: Paint): string[] {
  const [head, ...lines] = table(
    [
      ["", "seconds", "flags", "AUPRC", `precision of ${count(at)}`],
      ...runs.map(({ model, seconds, flagged, averagePrecision, precision }) => [
        `  ${model}`,
        seconds.toFixed(1),
        count(flagged),
        averagePrecision === null ? "n/a" : averagePrecision.toFixed(3),
        percent(precision),
      ]),
    ],
    { right: new Set([1, 2, 3, 4]) },
  );
  return [paint.dim(head ?? ""), ...lines];
}

const noiseOf = ({ pruning, dataset }: DemoReport) => ({
  rows: dataset.rows,
  flagged: pruning.flagged,
  rate: pruning.estimatedNoiseRate,
  noise: pruning.noise,
  truth: pruning.truth,
});

function fileLines(report: DemoReport, columns: number, paint: Paint): string[] {
  const { files, seconds } = report;
  const path = (file: string) => {
    const short = relative(process.cwd(), file);
    return short.startsWith("..") ? file : short;
  };
  return [
    ["report", `${path(files.readable)}, ${path(files.report)}`],
    ["exports", `${path(files.cleaned)}, ${path(files.noise)}`],
    ...(files.rejects === null ? [] : [["rejects", path(files.rejects)]]),
    ["for numpy", `${path(files.probabilities)}, labels.npy, folds.npy${idsOf(files)}`],
    ...(seconds > 0 ? [["took", duration(seconds * 1000)]] : []),
  ].flatMap(([name = "", value = ""]) => hang(paint.dim(pad(name, 11)), value, columns));
}

const idsOf = ({ ids }: DemoReport["files"]): string =>
  ids === null ? " (no ids.npy: an id is longer than an array holds)" : ", ids.npy";
