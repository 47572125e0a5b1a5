import { extname } from "node:path";
import {
  EXPORT_COLUMNS,
  EXPORT_FORMAT_CHOICES,
  EXPORT_SPLITS,
  EXPORT_UNWRITABLE,
  ReviewUse,
} from "@winnow/contracts";
import { type Command, Option } from "commander";
import { requireFreeFolder, saveFolder } from "../files/save-folder.js";
import { saveStream } from "../files/save-stream.js";
import { addServiceOptions, openClient, type ServiceOptions } from "../options/service.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { note } from "../terminal/output.js";
import { bytes, count } from "../terminal/text.js";

interface ExportOptions extends ServiceOptions {
  readonly split: (typeof EXPORT_SPLITS)[number];
  readonly format: (typeof FORMATS)[number];
  readonly columns?: (typeof EXPORT_COLUMNS)[number];
  readonly reviews: ReviewUse;
  readonly output?: string;
  readonly evidence?: true;
  readonly formulaGuard?: true;
  readonly unwritable: (typeof EXPORT_UNWRITABLE)[number];
  readonly name?: string;
  readonly about?: string;
  readonly license?: string;
  readonly sourceUrl?: string;
  readonly creator?: string;
}

/** hub: a folder for `datasets.load_dataset`, with every split. */
const FORMATS = [...EXPORT_FORMAT_CHOICES, "hub"] as const;

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
      new Option(
        "--format <type>",
        "the file's format; source: that of the file you ingested; hub: a folder that datasets.load_dataset opens, with every split",
      )
        .choices(FORMATS)
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
    .option("--evidence", "add a column: which words speak for the suggested and the given label")
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
    .option("-o, --output <file>", "default: stdout; for hub, the folder to make")
    .option("--name <name>", "hub: the dataset's name in its card (default: the dataset's)")
    .option("--about <text>", "hub: a description for the card")
    .option("--license <id or url>", "hub: the data's licence, such as CC-BY-4.0; never guessed")
    .option("--source-url <url>", "hub: where the data is from; never guessed")
    .option("--creator <name>", "hub: who made the data; never guessed");
  addServiceOptions(command).action((pruning: string, options: ExportOptions) =>
    interruptible(async (signal) => {
      const { split, format, unwritable, reviews, output } = options;
      if (format === "hub") {
        refuseFileOptions(command);
        return exportFolder(pruning, options, signal);
      }
      refuseHubOptions(options);
      const columns = options.columns ?? (split === "cleaned" ? "source" : "all");
      const guard = {
        ...(options.formulaGuard && { formulaGuard: "true" as const }),
        ...(options.evidence && { evidence: "true" as const }),
      };
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

/** Options of the folder's card: option, and parameter of the route. */
const CARD = {
  name: "name",
  about: "description",
  license: "license",
  sourceUrl: "url",
  creator: "creator",
} as const;

function refuseHubOptions(options: ExportOptions): void {
  const given = (Object.keys(CARD) as (keyof typeof CARD)[]).filter((key) => options[key]);
  if (given.length === 0) return;
  const names = given.map((key) => (key === "sourceUrl" ? "--source-url" : `--${key}`));
  throw new CliError("only-with-hub", `${names.join(", ")}: only with --format hub`);
}

/** The folder has every split, with every column, in parquet. */
function refuseFileOptions(command: Command): void {
  const ofFiles = ["split", "columns", "formulaGuard", "unwritable", "evidence"];
  const given = command.options.filter(
    (option) =>
      ofFiles.includes(option.attributeName()) &&
      command.getOptionValueSource(option.attributeName()) === "cli",
  );
  if (given.length === 0) return;
  throw new CliError(
    "not-with-hub",
    `${given.map(({ long }) => long).join(", ")}: not with --format hub`,
  );
}

async function exportFolder(
  pruning: string,
  options: ExportOptions,
  signal: AbortSignal,
): Promise<void> {
  const { output, reviews } = options;
  if (output === undefined) {
    throw new CliError("folder-unnamed", "--format hub writes a folder: name it with -o FOLDER");
  }
  await requireFreeFolder(output);
  const card = Object.fromEntries(
    Object.entries(CARD).flatMap(([option, parameter]) => {
      const value = options[option as keyof typeof CARD];
      return value === undefined ? [] : [[parameter, value]];
    }),
  );
  const body = await openClient(options).download("exportDatasetFolder", {
    params: { id: pruning },
    query: { reviews, ...card },
    signal,
  });
  const { files, bytes: written } = await saveFolder(body, output, signal);
  note(`${output}  ${count(files)} files, ${bytes(written)}`);
  const missing = ["license", "url", "creator"].filter((parameter) => !(parameter in card));
  if (missing.length > 0) {
    note(
      `not in its card, since nobody gave it: ${missing.join(", ")} (--license, --source-url, --creator)`,
    );
  }
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
