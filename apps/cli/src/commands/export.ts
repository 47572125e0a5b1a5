import { EXPORT_FORMATS, EXPORT_SPLITS, EXPORT_UNWRITABLE } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { saveStream } from "../files/save-stream.js";
import { addServiceOptions, openClient, type ServiceOptions } from "../options/service.js";
import { interruptible } from "../terminal/interrupt.js";
import { bytes, count } from "../terminal/text.js";

interface ExportOptions extends ServiceOptions {
  readonly split: (typeof EXPORT_SPLITS)[number];
  readonly format: (typeof EXPORT_FORMATS)[number];
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
      new Option("--format <type>", "the file's format").choices(EXPORT_FORMATS).default("jsonl"),
    )
    .option(
      "--formula-guard",
      "csv, tsv: put an apostrophe before cells that a spreadsheet would run",
    )
    .addOption(
      new Option(
        "--unwritable <what>",
        "refuse rows that a Toutiao format cannot hold, or clean them",
      )
        .choices(EXPORT_UNWRITABLE)
        .default("refuse"),
    )
    .option("-o, --output <file>", "default: stdout");
  addServiceOptions(command).action((pruning: string, options: ExportOptions) =>
    interruptible(async (signal) => {
      const { split, format, output } = options;
      const { body, headers } = await openClient(options).request("exportPruning", {
        params: { id: pruning },
        query: {
          split,
          format,
          unwritable: options.unwritable,
          ...(options.formulaGuard ? { formulaGuard: "true" } : {}),
        },
        signal,
      });
      if (body === null) throw new Error("the service answered without a body");
      const written = await saveStream(body, output, signal);
      if (output !== undefined) console.error(`${output}  ${bytes(written)}`);
      const cleaned = Number(headers.get("x-winnow-cleaned-rows"));
      if (cleaned > 0) {
        console.error(`${count(cleaned)} rows were changed: ${format} could not hold them`);
      }
    }),
  );
}
