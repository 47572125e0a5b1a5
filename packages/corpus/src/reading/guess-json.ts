import { type FormatGuess, guessTable } from "../guessing/guess-format.js";
import { sampleRows } from "../json/sample-rows.js";
import type { DatasetFormat, GivenFormat, TextEncoding } from "../options/dataset-format.js";
import { type CorpusLimits, DEFAULT_LIMITS } from "../options/limits.js";
import { CUT } from "./feed.js";
import type { OpenedFile } from "./open-file.js";
import { unreadGuess } from "./unread-guess.js";

const JUDGED_ROWS = 200;

/**
 * Guesses which columns of a JSON document hold what, from its first rows. A document that is broken, or
 * has no rows or several lists of them, has no format but a problem.
 */
export async function guessJson(
  file: OpenedFile,
  encoding: TextEncoding,
  given: GivenFormat,
  limits: Partial<CorpusLimits> | undefined,
): Promise<FormatGuess> {
  const { records, header } = given;
  const format: DatasetFormat = {
    type: "json",
    ...(encoding === "utf-8" ? {} : { encoding }),
    ...(records === undefined ? {} : { records }),
    ...(header === undefined ? {} : { header }),
  };
  try {
    return await guessRows(file, format, given, { ...DEFAULT_LIMITS, ...limits });
  } catch (error) {
    return unreadGuess(error);
  }
}

async function guessRows(
  file: OpenedFile,
  format: DatasetFormat,
  given: GivenFormat,
  limits: CorpusLimits,
): Promise<FormatGuess> {
  const bounds = { ...CUT, rows: JUDGED_ROWS };
  const sampled = await sampleRows({ open: () => file.open(), format, limits, bounds });
  const { objects } = sampled;
  const guess = guessTable(format, objects, given);
  if (!guess.format || sampled.format === format) return guess;
  const { textColumn, labelColumn } = sampled.format;
  if (typeof textColumn === "number") return guessPositions(format, objects, given);
  // Tasks of Label Studio: the reader knows their labels and ids.
  const texts = guessTable(format, objects.map(withoutResults), given).format?.textColumn;
  const label = objects.some((task) => "data" in task) ? {} : { labelColumn };
  return {
    ...guess,
    format: { ...format, ...(texts === undefined ? {} : { textColumn: texts }), ...label },
    confidence: texts === undefined ? 0 : 1,
    alternatives: [],
  };
}

/** For rows that are lists; what the members of stray objects are called says nothing about these. */
function guessPositions(
  format: DatasetFormat,
  rows: readonly object[],
  given: GivenFormat,
): FormatGuess {
  const lists = rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([key]) => /^\d+$/.test(key))),
  );
  const guess = guessTable(format, lists, given);
  return guess.format ? { ...guess, format: byPosition(guess.format) } : guess;
}

/** Columns of rows that are lists, by their index. */
function byPosition(format: DatasetFormat): DatasetFormat {
  const indexes = Object.entries(format).map(([key, value]) => [
    key,
    key.endsWith("Column") ? Number(value) : value,
  ]);
  return { ...format, ...Object.fromEntries(indexes) };
}

/** What a task asks about, and its label. */
function withoutResults(task: object): object {
  if (!("data" in task)) return task;
  return { data: task.data, label: "label" in task ? task.label : [] };
}
