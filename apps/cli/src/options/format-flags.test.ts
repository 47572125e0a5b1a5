import { execFileSync } from "node:child_process";
import type { DatasetFormat } from "@winnow/contracts";
import { Command } from "commander";
import { expect, it } from "vitest";
import { formatFlags } from "./format-flags.js";
import { addFormatOptions, type FormatOptions, requestedFormat } from "./format-options.js";

/** The words that a shell makes of a line. */
const words = (line: string): string[] =>
  execFileSync("bash", ["-c", `printf '%s\\0' ${line}`])
    .toString()
    .split("\0")
    .slice(0, -1);

function parsed(line: string): DatasetFormat | unknown {
  const command = addFormatOptions(new Command("ingest").exitOverride());
  command.parse(words(line), { from: "user" });
  const options = command.opts<FormatOptions>();
  const names: unknown = options.labelNames && JSON.parse(options.labelNames);
  return requestedFormat(options, Array.isArray(names) ? names : undefined);
}

const FORMATS: DatasetFormat[] = [
  { type: "csv", textColumn: "text", labelColumn: "label" },
  { type: "csv", header: false, textColumn: 1, labelColumn: 0, idColumn: 2 },
  { type: "tsv", textColumn: "评论", labelColumn: "标签", encoding: "gb18030" },
  { type: "delimited", delimiter: "\u0001", textColumn: "it's a text", labelColumn: "Class (1)" },
  { type: "delimited", delimiter: "|||", quote: "none", trueLabelColumn: "$gold `x`" },
  { type: "csv", escape: "backslash", textColumn: "-t", labelColumn: 'say "so"\\n' },
  { type: "jsonl", textColumn: "doc.title", labelColumn: "labels", labelLists: true },
  { type: "json", records: "data.rows", textColumn: "a b" },
  { type: "xlsx", sheet: "Second sheet", textColumn: "Text" },
  { type: "xlsx", sheet: 1 },
  { type: "csv", labelNames: ["a, b", "it's", "ü"], labelSeparator: ";" },
  { type: "toutiao", text: "title-keywords", required: ["keywords", "label"] },
];

it.each(FORMATS)("the flags of %j give it back, through a shell", (format) => {
  expect(parsed(formatFlags(format))).toEqual(format);
});
