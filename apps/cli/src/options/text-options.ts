import { DatasetFormat } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { given } from "./values.js";

/** How a file of a given format holds its rows. */
export interface TextOptions {
  readonly records?: string;
  readonly delimiter?: string;
  readonly quote?: DatasetFormat["quote"];
  readonly escape?: DatasetFormat["escape"];
  readonly header: boolean;
  readonly encoding?: DatasetFormat["encoding"];
}

/** Adds the options of every command that reads a file of a given format. */
export function addTextOptions(command: Command): Command {
  const { quote, escape: escapes, encoding } = DatasetFormat.shape;
  return command
    .option(
      "--records <path>",
      "json: the dotted path to the rows, of a document with several lists",
    )
    .option("--delimiter <text>", "what separates the fields (format delimited)")
    .addOption(
      new Option("--quote <what>", "none: a quote is a character like any other").choices(
        quote.unwrap().options,
      ),
    )
    .addOption(
      new Option("--escape <how>", "how a field holds a quote: doubled, or by a backslash").choices(
        escapes.unwrap().options,
      ),
    )
    .option("--no-header", "the first line is data, not column names")
    .addOption(
      new Option("--encoding <name>", "the file's encoding").choices(encoding.unwrap().options),
    );
}

/** The part of a format that these options give. */
export const textFormat = ({ escape: escapes, header, ...options }: TextOptions) => {
  const { records, delimiter, quote, encoding } = options;
  const noHeader = header ? undefined : false;
  return given({ records, delimiter, quote, escape: escapes, header: noHeader, encoding });
};
