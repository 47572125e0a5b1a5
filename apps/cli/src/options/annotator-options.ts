import { type Command, InvalidArgumentError } from "commander";
import { column } from "./values.js";

/** Where a file has the labels of several annotators. */
export interface AnnotatorOptions {
  readonly annotatorColumns?: (string | number)[];
  readonly annotatorColumn?: string | number;
}

/** Adds the options of commands that read such files into a service. */
export const addAnnotatorOptions = (command: Command): Command =>
  command
    .option(
      "--annotator-columns <list>",
      "instead of a label column, those of several annotators: a,b,c by names or indexes",
      columnList,
    )
    .option(
      "--annotator-column <column>",
      "who labelled a row, where each row is one annotator's label of the text with its id",
      column,
    );

/** Columns with commas between them, two or more. */
export function columnList(text: string): (string | number)[] {
  const columns = text.split(",").map((name) => column(name.trim()));
  if (columns.length > 1) return columns;
  throw new InvalidArgumentError(
    "It needs at least two columns, with commas between them; one annotator's is a --label-column.",
  );
}
