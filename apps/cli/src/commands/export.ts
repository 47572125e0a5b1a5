import { extname } from "node:path";
import {
  EXPORT_COLUMNS,
  EXPORT_FORMAT_CHOICES,
  EXPORT_SPLITS,
  EXPORT_UNWRITABLE,
  ReviewUse,
} from "@winnow/contracts";
import { type Command, Option } from "commander";
import { saveStream } from "../files/save-stream.js";
import { addServiceOptions, openClient, type ServiceOptions } from "../options/service.js";
import { interruptible } from "../terminal/interrupt.js";
import { note } from "../terminal/output.js";
import { bytes, count } from "../terminal/text.js";

interface ExportOptions extends ServiceOptions {
  readonly split: (typeof EXPORT_SPLITS)[number];
  readonly format: (typeof EXPORT_FORMAT_CHOICES)[number];
  readonly columns?: (typeof EXPORT_COLUMNS)[number];
  readonly reviews: ReviewUse;
  readonly output?: string;
  readonly formulaGuard?: true;
  readonly unwritable: (typeof EXPORT_UNWRITABLE)[number];
}

/** `winnow export PRUNING`: the dataset after a pruning, to a file or stdout. */
export function addExport(program: Command): void {
  const command = program
    .command("export")
    .argument("<pruning>", "id of the pruning, pr_...")
    .summary("write the dataset after a pruning to a file")
    .description("write the dataset after a pruning to a file or stdout")
    .addOption(
      new Option("--split <split>", "which rows").choices(EXPORT_SPLITS).default("cleaned"),
    )
    .addOption(
      new Option("--format <type>", "the file's format; source: that of the file you ingested")
        .choices(EXPORT_FORMAT_CHOICES)
        .default("source"),
    )
    .addOption(
      new Option(
        "--columns <which>",
        "source: your file's own; all: these, then Winnow's; winnow: Winnow's, then your file's others (default: source for cleaned, else all)",
      ).choices(EXPORT_COLUMNS),
    )
    .addOption(
      new Option("--reviews <how>", "follow: decided rows as decided; ignore: as the pruning says")
        .choices(ReviewUse.options)
        .default("follow"),
    )
    .option(
      "--formula-guard",
      "csv, tsv: put an apostrophe before cells that a spreadsheet would run",
    )
    .addOption(
      new Option(
        "--unwritable <what>",
        "refuse rows that a format without escapes cannot hold, or clean them",
      )
        .choices(EXPORT_UNWRITABLE)
        .default("refuse"),
    )
    .option("-o, --output <file>", "default: stdout");
  addServiceOptions(command).action((pruning: string, options: ExportOptions) =>
    interruptible(async (signal) => {
      const { split, format, unwritable, reviews, output } = options;
      const columns = options.columns ?? (split === "cleaned" ? "source" : "all");
      const guard = options.formulaGuard ? ({ formulaGuard: "true" } as const) : {};
      const { body, headers } = await openClient(options).request("exportPruning", {
        params: { id: pruning },
        query: { split, format, columns, unwritable, reviews, ...guard },
        signal,
      });
      if (body === null) throw new Error("the service answered without a body");
      const written = await saveStream(body, output, signal);
      if (output !== undefined) note(`${output}  ${bytes(written)}`);
      for (const line of notesOf(headers, output)) note(line);
    }),
  );
}

/** What the answer says about a file that one would not expect. */
function notesOf(headers: Headers, output: string | undefined): string[] {
  const format = headers.get("x-winnow-format") ?? "";
  const notes: string[] = [];
  const extension = extname(output ?? "").slice(1);
  if (EXPORT_FORMAT_CHOICES.some((known) => known === extension) && extension !== format) {
    notes.push(`the file is ${format}; --format ${extension} writes ${extension}`);
  }
  const cleaned = Number(headers.get("x-winnow-cleaned-rows"));
  if (cleaned > 0) notes.push(`${count(cleaned)} rows were changed: ${format} cannot hold them`);
  const leftOut = Number(headers.get("x-winnow-columns-left-out"));
  if (leftOut > 0) notes.push(`${count(leftOut)} columns are left out: ${format} has none`);
  return notes;
}
