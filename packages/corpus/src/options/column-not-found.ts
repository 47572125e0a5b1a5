import { distance } from "fastest-levenshtein";
import { CorpusError } from "../errors.js";

/** How many columns a message lists. */
const LISTED = 100;

/**
 * CorpusError "column-not-found" for a name that is none of `columns`: lists them, and says which
 * one is nearly the same. `where` says where they are: "The file has the columns", "The first row
 * has the keys".
 */
export function columnNotFound(
  column: string,
  columns: readonly string[],
  where: string,
  what = `There is no column ${JSON.stringify(column)}.`,
): CorpusError {
  const listed = columns.slice(0, LISTED);
  const names = listed.map((name) => JSON.stringify(name)).join(", ");
  const nearest = nearestName(column, columns);
  const meant = nearest === null ? "" : ` Did you mean ${JSON.stringify(nearest)}?`;
  return new CorpusError("column-not-found", `${what} ${where} ${names}.${meant}`, {
    column,
    columns: listed,
  });
}

/** The name that differs least, in case and blanks or in two of five letters at most. */
function nearestName(column: string, columns: readonly string[]): string | null {
  const folded = fold(column);
  const [best] = columns
    .map((name) => ({ name, letters: distance(folded, fold(name)) }))
    .sort((a, b) => a.letters - b.letters);
  return best && best.letters <= 0.4 * folded.length ? best.name : null;
}

const fold = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\s_\-.\u200b\ufeff]+/g, "");
