import type { DatasetIngestParams } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { column } from "./values.js";

type KeptColumns = DatasetIngestParams["columns"];

/** Adds `--columns`, whose values `keptColumns` understands. */
export const addColumnsOption = (command: Command): Command =>
  command.addOption(
    new Option(
      "--columns <columns...>",
      "columns to keep beside text, label and ids: keep (all), none, or their names",
    ).default(["keep"], "keep"),
  );

/** The parameter that the words after `--columns` mean. */
export function keptColumns(words: readonly string[]): KeptColumns {
  const [only, ...others] = words;
  if (others.length === 0 && (only === "keep" || only === "none")) return only;
  return words.map(column);
}
