import {
  type FindOptions,
  findLabelIssues,
  type LabelIssues,
  type Order,
} from "@winnow/confident-learning";
import { type Command, Option } from "commander";
import pc from "picocolors";
import { CLASSES_HELP, readClassList, requireClasses } from "../files/class-names.js";
import { orderChecked } from "../files/class-order.js";
import { npySource } from "../files/npy-source.js";
import { readLabels } from "../files/read-labels.js";
import { addDecisionOptions, type DecisionOptions, ORDERS } from "../options/pruning-options.js";
import { jsonOption } from "../options/service.js";
import { given } from "../options/values.js";
import { table } from "../terminal/table.js";
import { count, percent } from "../terminal/text.js";

interface FindNoiseOptions extends DecisionOptions {
  readonly labels: string;
  readonly probs: string;
  readonly classes?: string;
  readonly force?: true;
  readonly order?: Order;
  readonly json?: true;
}

/**
 * `winnow find-noise`: confident learning over two npy files, without any service. JSON goes to pipes
 * and with `--json`; a terminal gets a summary.
 */
export function addFindNoise(program: Command): void {
  const command = program
    .command("find-noise")
    .summary("find wrong labels in npy files, no service")
    .description("find wrong labels in two npy files, without a service")
    .requiredOption(
      "--labels <file>",
      "npy (n): the given labels: indexes of columns, any integer type, or names",
    )
    .requiredOption("--probs <file>", "npy (n, k): out-of-sample probabilities, any float type")
    .option("--classes <list>", CLASSES_HELP)
    .option("--force", "use the columns even if they fit the labels better in another order");
  addDecisionOptions(command)
    .addOption(
      new Option("--order <name>", "score to sort the flags by, worst first; none: by row").choices(
        [...ORDERS, "none"],
      ),
    )
    .addOption(jsonOption())
    .action(findNoise);
}

async function findNoise({ labels, probs, classes, force, json, ...options }: FindNoiseOptions) {
  const source = await openSource({ labels, probs, ...given({ classes, force }) });
  const issues = await findLabelIssues(source, given({ ...options }) as FindOptions);
  for (const { code, message } of issues.warnings) warn(code, message);
  if (json || !process.stdout.isTTY) {
    process.stdout.write(`${JSON.stringify(answerOf(issues))}\n`);
  } else {
    process.stdout.write(`${summaryOf(issues).join("\n")}\n`);
  }
}

async function openSource(files: Pick<FindNoiseOptions, "labels" | "probs" | "classes" | "force">) {
  const names = files.classes === undefined ? undefined : await readClassList(files.classes);
  const { labels, kind } = await readLabels(files.labels, names);
  const source = await npySource(files.probs, labels);
  if (names !== undefined) requireClasses(names, source.k);
  const onOtherOrder = files.force && ((message: string) => warn("class-order", message));
  return orderChecked(source, { names, kind, onOtherOrder });
}

function warn(code: string, message: string): void {
  process.stderr.write(`${pc.yellow("warning")}  ${code}: ${message}\n`);
}

/** What `--json` prints. Matrices have a row for each given label and a column for each true one. */
function answerOf(issues: LabelIssues) {
  return {
    flagged: Array.from(issues.indices),
    counts: issues.counts,
    thresholds: Array.from(issues.thresholds),
    confidentJoint: issues.confidentJoint,
  };
}

function summaryOf(issues: LabelIssues): string[] {
  const { n, k, indices } = issues;
  const worst = Array.from({ length: Math.min(10, indices.length) }, (_, rank) =>
    issues.flagAt(rank),
  ).map(({ index, given, suggested, normalizedMargin }) => [
    `  ${index}`,
    `${given} → ${suggested}`,
    normalizedMargin.toFixed(3),
  ]);
  return [
    `${count(n)} rows, ${k} classes`,
    `${count(indices.length)} flagged (${percent(indices.length / n)}), estimated noise ${percent(issues.noiseRate)}`,
    ...(worst.length === 0 ? [] : ["", pc.dim("  row  given → suggested  margin")]),
    ...table(worst, { right: new Set([0, 2]) }),
    ...(worst.length === 0 ? [] : ["", pc.dim("--json prints every flagged row.")]),
  ];
}
