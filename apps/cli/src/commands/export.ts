import { EXPORT_FORMATS, EXPORT_SPLITS } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { saveStream } from "../files/save-stream.js";
import { addServiceOptions, openClient, type ServiceOptions } from "../options/service.js";
import { interruptible } from "../terminal/interrupt.js";
import { bytes } from "../terminal/text.js";

interface ExportOptions extends ServiceOptions {
  readonly split: (typeof EXPORT_SPLITS)[number];
  readonly format: (typeof EXPORT_FORMATS)[number];
  readonly output?: string;
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
    .option("-o, --output <file>", "default: stdout");
  addServiceOptions(command).action(
    (pruning: string, { split, format, output, ...service }: ExportOptions) =>
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
