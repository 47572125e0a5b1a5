import {
  type FindOptions,
  findLabelIssues,
  type LabelIssues,
  type Order,
} from "@winnow/confident-learning";
import { type Command, Option } from "commander";
import { ARRAY_HELP, parseArrayPath } from "../files/array-file.js";
import { CLASSES_HELP, readClassList, requireClasses } from "../files/class-names.js";
import { orderChecked } from "../files/class-order.js";
import { npySource } from "../files/npy-source.js";
import { readLabels } from "../files/read-labels.js";
import { addDecisionOptions, type DecisionOptions, ORDERS } from "../options/pruning-options.js";
import { jsonOption } from "../options/service.js";
import { given, wholeNumber } from "../options/values.js";
import { issueLines } from "../report/issue-lines.js";
import { TOP_HELP, WORST_ROWS } from "../report/worst-lines.js";
import { note, print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { columnsOf } from "../terminal/text.js";
import { warningLines } from "../terminal/warnings.js";

interface FindNoiseOptions extends DecisionOptions {
  readonly labels: string;
  readonly probs: string;
  readonly classes?: string;
  readonly force?: true;
  readonly order?: Order;
  readonly top: number;
  readonly json?: true;
}

/** `winnow find-noise`: confident learning over two npy files, without any service. */
export function addFindNoise(program: Command): void {
  const command = program
    .command("find-noise")
    .summary("find wrong labels in npy files, no service")
    .description("find wrong labels in two npy files, without a service")
    .requiredOption(
      "--labels <file>",
      `(n): the given labels, indexes of columns or names: ${ARRAY_HELP}`,
    )
    .requiredOption("--probs <file>", `(n, k): out-of-sample probabilities: ${ARRAY_HELP}`)
    .option("--classes <list>", CLASSES_HELP)
    .option("--force", "use the columns even if they fit the labels better in another order");
  addDecisionOptions(command)
    .addOption(
      new Option("--order <name>", "score to sort the flags by, worst first; none: by row").choices(
        [...ORDERS, "none"],
      ),
    )
    .option("--top <n>", TOP_HELP, wholeNumber(1, 1000), WORST_ROWS)
    .addOption(jsonOption())
    .action(findNoise);
}

async function findNoise(asked: FindNoiseOptions): Promise<void> {
  const { labels, probs, classes, force, json, top, ...options } = asked;
  const names = classes === undefined ? undefined : await readClassList(classes);
  const source = await openSource({ labels, probs, ...given({ force }) }, names);
  const issues = await findLabelIssues(
    source,
    given({ ...options, classNames: names }) as FindOptions,
  );
  for (const { code, message } of issues.warnings) warn(code, message);
  if (json) printJson(answerOf(issues), { dense: true });
  else {
    const isRanked = options.order !== "none";
    const lines = issueLines(issues, { top, names, isRanked }, columnsOf(process.stdout), COLORS);
    print(lines.join("\n"));
  }
}

async function openSource(
  files: Pick<FindNoiseOptions, "labels" | "probs" | "force">,
  names: readonly string[] | undefined,
) {
  const { labels, kind } = await readLabels(await parseArrayPath(files.labels), names);
  const source = await npySource(await parseArrayPath(files.probs), labels);
  if (names !== undefined) requireClasses(names, source.k);
  const onOtherOrder = files.force && ((message: string) => warn("class-order", message));
  return orderChecked(source, { names, kind, onOtherOrder });
}

function warn(code: string, message: string): void {
  const lines = warningLines({ code, message }, columnsOf(process.stderr));
  note(lines.join("\n"));
}

/** What `--json` prints. Matrices have a row for each given label and a column for each true one. */
function answerOf(issues: LabelIssues) {
  return {
    flagged: Array.from(issues.indices),
    counts: issues.counts,
    noiseRate: issues.noiseRate,
    noiseInterval: issues.noiseInterval,
    noise: issues.noise,
    thresholds: Array.from(issues.thresholds),
    confidentJoint: issues.confidentJoint,
  };
}
