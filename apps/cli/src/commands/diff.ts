import { allItems } from "@winnow/client";
import type { DatasetDiff, DiffRow } from "@winnow/contracts";
import type { Command } from "commander";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { wholeNumber } from "../options/values.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { table } from "../terminal/table.js";
import { columnsOf, count, fit } from "../terminal/text.js";

interface DiffOptions extends ServiceOptions {
  readonly rows: number;
  readonly json?: true;
}

/** `winnow diff BEFORE AFTER`: what changed from one version of a dataset to another. */
export function addDiff(program: Command): void {
  const command = program
    .command("diff")
    .argument("<before>", "id of a dataset, ds_...")
    .argument("<after>", "id of a version of it, ds_...")
    .summary("show what changed between versions")
    .description("show which rows were relabelled, dropped and added, in all and by class")
    .option("--rows <n>", "how many changed rows to list at most", wholeNumber(0), 10)
    .addOption(jsonOption());
  addServiceOptions(command).action((against: string, id: string, options: DiffOptions) =>
    interruptible(async (signal) => {
      const client = openClient(options);
      const query = { against };
      const diff = await client.call("getDatasetDiff", { params: { id }, query, signal });
      const rows: DiffRow[] = [];
      const limit = Math.min(1000, Math.max(1, options.rows));
      for await (const row of allItems(client, "listDatasetDiffRows", {
        ...{ params: { id }, query: { ...query, limit }, signal },
      })) {
        if (rows.length >= options.rows) break;
        rows.push(row);
      }
      if (options.json) return printJson({ ...diff, rows });
      print(diffLines(diff, rows, columnsOf(process.stdout)).join("\n"));
    }),
  );
}

const SIGNS = { relabelled: "~", dropped: "-", added: "+" } as const;

function diffLines(diff: DatasetDiff, rows: readonly DiffRow[], width: number): string[] {
  const changed = diff.classes.filter(
    (c) => c.relabelledTo + c.relabelledFrom + c.dropped + c.added > 0,
  );
  return [
    ...table(
      (["unchanged", "relabelled", "dropped", "added"] as const).map((of) => [of, count(diff[of])]),
      { right: new Set([1]) },
    ),
    ...(changed.length === 0 ? [] : ["", COLORS.bold("Classes that changed")]),
    ...table(
      [
        ...(changed.length === 0
          ? []
          : [["  class", "before", "after", "to it", "from it", "dropped"]]),
        ...changed.map((c) => [
          `  ${c.name}`,
          ...[c.before, c.after, c.relabelledTo, c.relabelledFrom, c.dropped].map(count),
        ]),
      ],
      { right: new Set([1, 2, 3, 4, 5]), width },
    ),
    ...(rows.length === 0 ? [] : ["", COLORS.bold("Rows")]),
    ...rows.map(({ change, line, before, after, text }) =>
      fit(`  ${SIGNS[change]} line ${line}  ${labelsOf(before, after)}  ${text}`, width),
    ),
  ];
}

const labelsOf = (before: string | null, after: string | null): string =>
  before !== null && after !== null ? `${before} -> ${after}` : (before ?? after ?? "");
