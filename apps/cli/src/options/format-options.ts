import { DatasetFormat, RequestedFormat } from "@winnow/contracts";
import { type Command, Option } from "commander";
import type { AnnotatorOptions } from "./annotator-options.js";
import { addTextOptions, type TextOptions, textFormat } from "./text-options.js";
import { column, given } from "./values.js";

/** What a command is told of a file's format. */
export interface FormatOptions extends TextOptions, AnnotatorOptions {
  readonly format: RequestedFormat["type"];
  readonly textColumn?: string | number;
  readonly labelColumn?: string | number;
  readonly idColumn?: string | number;
  readonly trueLabelColumn?: string | number;
  readonly labelNames?: string;
  readonly labelSeparator?: string;
  readonly labelLists?: true;
  readonly text?: DatasetFormat["text"];
  readonly require?: ("keywords" | "label")[];
}

/** Adds the options of the commands that read a file in any format, by default in a guessed one. */
export function addFormatOptions(command: Command): Command {
  const { text, required } = DatasetFormat.shape;
  command
    .addOption(
      new Option("--format <type>", "the file's format; auto guesses what is not given")
        .choices(RequestedFormat.shape.type.options)
        .default("auto"),
    )
    .option(
      "--text-column <column>",
      "the text: a name, an index from 0, or (jsonl, json) a dotted path",
      column,
    )
    .option("--label-column <column>", "the given label", column)
    .option("--id-column <column>", "an id of your own, kept with each row", column)
    .option("--true-label-column <column>", "the true label; training never sees it", column)
    .option(
      "--label-names <names>",
      "class names in index order: a,b,c or a file (one a line, JSON or npy; @FILE works too)",
    )
    .option("--label-lists", "read label fields such as ['a', 'b'] or [1, 2] as lists of labels")
    .option("--label-separator <text>", "what separates several labels in one field")
    .addOption(
      new Option("--text <fields>", "which fields of a Toutiao row make up the text").choices(
        text.unwrap().options,
      ),
    )
    .addOption(
      new Option("--require <fields...>", "reject rows that lack these fields").choices(
        required.unwrap().unwrap().options,
      ),
    );
  return addTextOptions(command);
}

/** The format that the options ask for; `labelNames` are read from their file before. */
export const requestedFormat = (
  options: FormatOptions,
  labelNames: string[] | undefined,
): RequestedFormat => ({
  type: options.format,
  ...given({
    textColumn: options.textColumn,
    labelColumn: options.labelColumn,
    idColumn: options.idColumn,
    trueLabelColumn: options.trueLabelColumn,
    annotatorColumns: options.annotatorColumns,
    annotatorColumn: options.annotatorColumn,
    labelNames,
    labelSeparator: options.labelSeparator,
    labelLists: options.labelLists,
    text: options.text,
    required: options.require,
  }),
  ...textFormat(options),
});
