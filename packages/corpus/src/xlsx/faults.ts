import { CorpusError } from "../errors.js";

/** CorpusError "bad-xlsx" for a workbook that is damaged. */
export const badXlsx = (why: string): CorpusError =>
  new CorpusError(
    "bad-xlsx",
    `The workbook cannot be read (${why}). Save it again in a spreadsheet, or as csv (UTF-8).`,
  );
