import { EXPORT_FORMATS, EXPORT_SPLITS } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { saveStream } from "../files/save-stream.js";
import { apiKeyOption, openClient, type ServiceOptions, urlOption } from "../options/options.js";
import { interruptible } from "../terminal/interrupt.js";
import { bytes } from "../terminal/text.js";

interface ExportOptions extends ServiceOptions {
  readonly split: (typeof EXPORT_SPLITS)[number];
  readonly format: (typeof EXPORT_FORMATS)[number];
  readonly output?: string;
}

/** `winnow export PRUNING`: the dataset after a pruning, to a file or stdout. */
export function addExport(program: Command): void {
  program
    .command("export <pruning>")
    .description("write the dataset after a pruning to a file or stdout")
    .addOption(
      new Option("--split <split>", "which rows").choices(EXPORT_SPLITS).default("cleaned"),
    )
    .addOption(
      new Option("--format <format>", "written as").choices(EXPORT_FORMATS).default("jsonl"),
    )
    .option("-o, --output <file>", "default: stdout")
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .action((pruning: string, { split, format, output, ...service }: ExportOptions) =>
      interruptible(async (signal) => {
        const body = await openClient(service).download("exportPruning", {
          params: { id: pruning },
          query: { split, format },
          signal,
        });
        const written = await saveStream(body, output, signal);
        if (output !== undefined) console.error(`${output}  ${bytes(written)}`);
      }),
    );
}
