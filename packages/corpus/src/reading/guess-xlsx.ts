import { type FormatGuess, guessRecords } from "../guessing/guess-format.js";
import type { GivenFormat } from "../options/dataset-format.js";
import { type CorpusLimits, DEFAULT_LIMITS } from "../options/limits.js";
import type { XlsxFile } from "../xlsx/read-xlsx.js";
import { widthOf } from "../xlsx/sheet-table.js";
import type { OpenedFile } from "./open-file.js";
import { unreadGuess } from "./unread-guess.js";

const JUDGED_ROWS = 200;

/** Guesses which columns of a sheet hold what: of the given one, or of the first. */
export async function guessXlsx(
  file: OpenedFile,
  given: GivenFormat,
  limits: Partial<CorpusLimits> | undefined,
): Promise<FormatGuess> {
  try {
    const { XlsxFile } = await import("../xlsx/read-xlsx.js");
    const xlsx = await XlsxFile.open(await file.anywhere(), { ...DEFAULT_LIMITS, ...limits });
    const chosen = given.sheet;
    const sheet = xlsx.sheet(chosen);
    const format = { type: "xlsx", ...(chosen === undefined ? {} : { sheet: chosen }) } as const;
    const guess = guessRecords(format, await firstRecords(xlsx, sheet), given);
    const others = xlsx.shown.filter((other) => other !== sheet);
    const otherSheets = others.map(({ name }) => ({
      format: { ...format, sheet: name },
      reason: `the rows may be in the sheet ${JSON.stringify(name)}`,
    }));
    return { ...guess, alternatives: [...guess.alternatives, ...otherSheets].slice(0, 5) };
  } catch (error) {
    return unreadGuess(error);
  }
}

/** The first rows with values, as wide as the first of them. */
async function firstRecords(
  xlsx: XlsxFile,
  sheet: ReturnType<XlsxFile["sheet"]>,
): Promise<string[][]> {
  const records: string[][] = [];
  const feed = xlsx.feed(sheet, ({ cells }) => {
    const length = records[0]?.length ?? widthOf(cells);
    if (length === 0 || records.length > JUDGED_ROWS) return;
    records.push(Array.from({ length }, (_, i) => cells.get(i) ?? ""));
  });
  for await (const _ of feed) if (records.length > JUDGED_ROWS) break;
  return records;
}
