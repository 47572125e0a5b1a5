import { relative } from "node:path";
import pc from "picocolors";
import stringWidth from "string-width";
import { table } from "../terminal/table.js";
import { columnsOf, count, duration, fit, pad, percent } from "../terminal/text.js";
import type { DemoReport } from "./report.js";

/** Prints a demo's report, as wide as the terminal. */
export function printReport(report: DemoReport, stream: NodeJS.WriteStream): void {
  stream.write(`\n${reportLines(report, columnsOf(stream), pc).join("\n")}\n`);
}

/** A paint that leaves text as it is, for files. */
export const plain = pc.createColors(false);

/** The report as lines of at most `columns` columns. */
export function reportLines(
  report: DemoReport,
  columns: number,
  paint: typeof plain = plain,
): string[] {
  return [
    paint.bold("Held-out accuracy"),
    ...accuracyLines(report, paint),
    "",
    paint.bold("Label noise"),
    ...noiseLines(report, paint),
    "",
    paint.bold("The ten worst"),
    ...worstLines(report, columns, paint),
    "",
    ...report.warnings.map(({ code, message }) => paint.yellow(`warning  ${code}: ${message}`)),
    ...(report.warnings.length > 0 ? [""] : []),
    ...fileLines(report, paint),
  ];
}

function accuracyLines({ crossValidation, dataset }: DemoReport, paint: typeof plain): string[] {
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

function noiseLines({ pruning, dataset }: DemoReport, paint: typeof plain): string[] {
  const { truth, flagged, estimatedNoiseRate } = pruning;
  const share = dataset.rows === 0 ? null : flagged / dataset.rows;
  const none = "unknown: the file has no true labels";
  return [
    ["estimated", percent(estimatedNoiseRate)],
    ["true", truth === null ? none : percent(truth.noiseRate)],
    ["flagged", `${percent(share)}  ${count(flagged)} of ${count(dataset.rows)} rows`],
    ...(truth === null
      ? []
      : [
          ["precision", `${percent(truth.precision)}  of the flagged labels are wrong`],
          ["recall", `${percent(truth.recall)}  of the wrong labels are flagged`],
          ["F1", percent(truth.f1)],
          ["AUPRC", rankingOf(truth.averagePrecision)],
          ["joint", `${fixed(truth.totalVariation)}  from the true one (0 equal, 1 disjoint)`],
        ]),
  ].map(([name = "", value = ""]) => `  ${paint.dim(pad(name, 11))}${value}`);
}

const fixed = (value: number | null): string => (value === null ? "n/a" : value.toFixed(3));

/** How well all rows, flagged or not, are ranked. */
const rankingOf = (found: { normalizedMargin: number | null; posterior: number | null } | null) =>
  `${fixed(found?.normalizedMargin ?? null)} by margin, ${fixed(found?.posterior ?? null)} by posterior`;

function worstLines({ worst }: DemoReport, columns: number, paint: typeof plain): string[] {
  if (worst.length === 0) return ["  no label was flagged"];
  const rows = worst.map(({ given, suggested, normalizedMargin }, i) => [
    `  ${i + 1}`,
    normalizedMargin.toFixed(3),
    `${fit(given, 24)} → ${fit(suggested, 24)}`,
  ]);
  const head = ["  #", "margin", "given → suggested"];
  const lines = table([head, ...rows], { right: new Set([0, 1]) });
  const widest = Math.max(...lines.map((line) => stringWidth(line)));
  const left = Math.max(16, columns - widest - 2);
  return lines.map((line, i) => {
    const wide = pad(line, widest);
    const flag = worst[i - 1];
    return flag === undefined ? paint.dim(`${wide}  title`) : `${wide}  ${fit(flag.text, left)}`;
  });
}

function fileLines(report: DemoReport, paint: typeof plain): string[] {
  const { files, seconds } = report;
  const path = (file: string) => {
    const short = relative(process.cwd(), file);
    return short.startsWith("..") ? file : short;
  };
  return [
    ["report", `${path(files.readable)}, ${path(files.report)}`],
    ["exports", `${path(files.cleaned)}, ${path(files.noise)}`],
    ["for numpy", `${path(files.probabilities)}, labels.npy, folds.npy, ids.npy`],
    ...(seconds > 0 ? [["took", duration(seconds * 1000)]] : []),
  ].map(([name = "", value = ""]) => `${paint.dim(pad(name, 11))}${value}`);
}
