import type { Command } from "commander";
import { readLabelNames } from "../files/class-names.js";
import { previewLocally } from "../files/guess-file.js";
import { addAnnotatorOptions } from "../options/annotator-options.js";
import {
  addFormatOptions,
  type FormatOptions,
  requestedFormat,
} from "../options/format-options.js";
import { jsonOption } from "../options/service.js";
import { wholeNumber } from "../options/values.js";
import { previewLines } from "../preview/preview-lines.js";
import { print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { columnsOf } from "../terminal/text.js";

interface PreviewOptions extends FormatOptions {
  readonly rows: number;
  readonly json?: true;
}

/** `winnow preview FILE`: how an ingest would read a file; no service is needed. */
export function addPreview(program: Command): void {
  const command = program
    .command("preview")
    .argument("<file>", "the file to look at")
    .summary("show how a file would be read")
    .description(
      "show how a file on this machine would be read: format, columns, first rows, rejects; no service is needed",
    );
  addAnnotatorOptions(addFormatOptions(command))
    .option("--rows <n>", "how many rows to show at most", wholeNumber(1, 200), 5)
    .addOption(jsonOption())
    .action(preview);
}

async function preview(file: string, options: PreviewOptions): Promise<void> {
  const format = requestedFormat(options, await readLabelNames(options.labelNames));
  const seen = await previewLocally(file, { format, rows: options.rows });
  if (options.json) printJson(seen);
  else print(previewLines(file, seen, columnsOf(process.stdout), COLORS).join("\n"));
  if (seen.problem) process.exitCode = 1;
}
