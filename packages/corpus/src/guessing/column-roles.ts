import { looksLikeLabelLists, parseLabelList } from "../labels/label-list.js";
import type { Column, GivenFormat } from "../options/dataset-format.js";
import { type ColumnFacts, factsOf } from "./column-facts.js";
import { nameStrength, type Role } from "./column-names.js";

/** The columns of a row's parts by index, -1 for none. */
export interface ColumnRoles {
  readonly text: number;
  readonly label: number;
  readonly id: number;
  readonly trueLabel: number;
}

export interface RolesGuess extends ColumnRoles {
  /** Whether the labels are lists in one field, as Python or JSON writes them. */
  readonly labelLists: boolean;
  /** How much text and label look like what they are taken for, about 0 to 2 each. */
  readonly score: number;
  /** From 0 to 1. */
  readonly confidence: number;
  /** Other choices of text and label that are nearly as good, best first. */
  readonly others: readonly { text: number; label: number; score: number }[];
}

const NO_PAIR = { label: -1, labelLists: false, score: 0, confidence: 0, others: [] };

/** The score of a column that is given: there is no doubt about it. */
const GIVEN = 2;

/** Fewer cells than this say little about repetition. */
const FEW_CELLS = 8;

/**
 * Which columns hold text, label, id and true label, by names (null without a header) and cells.
 * `records` may hold rows from all over the file: the first ones of a sorted file have one label.
 * Columns that are given stay what they are given for.
 */
export function guessRoles(
  names: readonly string[] | null,
  records: readonly (readonly string[])[],
  width: number,
  given: GivenFormat,
): RolesGuess {
  const fixed = givenRoles(given, names);
  const columns = Array.from({ length: width }, (_, i) => i);
  const cells = columns.map((i) => records.map((record) => record[i] ?? ""));
  const lists = cells.map(looksLikeLabelLists);
  const facts = cells.map((column, i) => factsOf(lists[i] ? column.flatMap(itemsOf) : column));
  const named = (i: number, role: Role) => (names ? nameStrength(names[i] ?? "", role) : 0);
  const taken = new Set([...Object.values(fixed), ...annotatorsAt(given, names)]);
  const open = columns.filter((i) => !taken.has(i));
  const trueLabel =
    fixed.trueLabel ?? pickTrueLabel(columns, open, named, (i) => labelScore(facts[i]!, 0));
  const left = open.filter((i) => i !== trueLabel);
  const id = fixed.id ?? (width < 3 ? -1 : pickId(left, named, facts, names));
  const free = left.filter((i) => i !== id);
  const texts =
    fixed.text !== undefined
      ? [{ i: fixed.text, score: GIVEN }]
      : free.map((i) => ({ i, score: textScore(facts[i]!, named(i, "text")) }));
  const labels =
    fixed.label !== undefined
      ? [{ i: fixed.label, score: GIVEN }]
      : free.map((i) => ({ i, score: labelScore(facts[i]!, named(i, "label")) }));
  const pairs = texts
    .flatMap((text) =>
      labels
        .filter((label) => label.i !== text.i)
        .map((label) => ({ text: text.i, label: label.i, score: text.score + label.score })),
    )
    .sort((a, b) => b.score - a.score);
  const [first] = pairs;
  if (!first) return { ...NO_PAIR, text: free[0] ?? -1, id, trueLabel };
  const { text, label, score } = first;
  return {
    text,
    label,
    id,
    trueLabel,
    labelLists: lists[label] ?? false,
    score,
    confidence: confidenceOf(
      texts.find(({ i }) => i === text)!.score,
      labels.find(({ i }) => i === label)!.score,
      score - (pairs.find((pair) => pair.label !== label)?.score ?? 0),
      score - (pairs.find((pair) => pair.label === label && pair.text !== text)?.score ?? 0),
    ),
    others: pairs
      .slice(1)
      .filter((pair) => score - pair.score < 0.5)
      .slice(0, 3),
  };
}

/** The labels of a list; those of a field that is none are the field. */
function itemsOf(field: string): string[] {
  return parseLabelList(field)?.labels?.map(String) ?? [field];
}

/**
 * Each role must be likely by itself, and the pair ahead of the next one. Of two texts (a title and
 * a body) neither is wrong, so that a doubt between them weighs less.
 */
function confidenceOf(text: number, label: number, lead: number, textLead: number): number {
  return (
    clamp(text / 0.6) *
    clamp(label / 0.55) *
    Math.min(1, 0.45 + 1.4 * lead) *
    Math.min(1, 0.75 + 0.6 * textLead)
  );
}

function indexOfColumn(column: Column, names: readonly string[] | null): number {
  if (typeof column === "number") return column;
  if (names) return names.indexOf(column);
  return /^\d+$/.test(column) ? Number(column) : -1;
}

/** The columns of annotators by index: none of them is another part of a row. */
const annotatorsAt = (
  { annotatorColumns = [], annotatorColumn }: GivenFormat,
  names: readonly string[] | null,
): number[] =>
  [...annotatorColumns, ...(annotatorColumn === undefined ? [] : [annotatorColumn])].map((column) =>
    indexOfColumn(column, names),
  );

/** The given columns by index; -1 for one that is not there. */
function givenRoles(
  { textColumn, labelColumn, idColumn, trueLabelColumn }: GivenFormat,
  names: readonly string[] | null,
): Partial<ColumnRoles> {
  const indexOf = (column: Column) => indexOfColumn(column, names);
  return {
    ...(textColumn === undefined ? {} : { text: indexOf(textColumn) }),
    ...(labelColumn === undefined ? {} : { label: indexOf(labelColumn) }),
    ...(idColumn === undefined ? {} : { id: indexOf(idColumn) }),
    ...(trueLabelColumn === undefined ? {} : { trueLabel: indexOf(trueLabelColumn) }),
  };
}

/** A true label stands beside a given one; alone, it is the label. */
function pickTrueLabel(
  columns: readonly number[],
  open: readonly number[],
  named: (i: number, role: Role) => number,
  labelLike: (i: number) => number,
): number {
  const [best = -1] = open
    .filter((i) => named(i, "trueLabel") > 0.5)
    .sort((a, b) => named(b, "trueLabel") - named(a, "trueLabel"));
  const others = columns.filter((i) => i !== best && named(i, "text") < 0.5);
  const given = others.some((i) => named(i, "label") > 0.5 || labelLike(i) > 0.5);
  return given && columns.length > 2 ? best : -1;
}

/** By name, or as pandas writes its index: whole numbers in a first column without a name. */
function pickId(
  columns: readonly number[],
  named: (i: number, role: Role) => number,
  facts: readonly ColumnFacts[],
  names: readonly string[] | null,
): number {
  const unique = (i: number) => {
    const { cells, distinct } = facts[i]!;
    return cells === 0 || distinct > 0.9 * cells;
  };
  const [best] = columns
    .filter((i) => named(i, "id") > 0 && unique(i))
    .sort((a, b) => named(b, "id") - named(a, "id"));
  if (best !== undefined) return best;
  const { counts = false, integerShare = 0 } = facts[0] ?? {};
  if (!columns.includes(0) || !unique(0)) return -1;
  if (names === null) return counts ? 0 : -1;
  return (names[0] ?? "").trim() === "" && integerShare === 1 ? 0 : -1;
}

/** Long, wordy and different from row to row. */
function textScore(facts: ColumnFacts, name: number): number {
  if (facts.cells === 0) return name;
  const length = clamp(Math.log2(facts.meanLength / 4) / Math.log2(25));
  const different = facts.distinct / facts.cells;
  const numbers = facts.integerShare + facts.fractionShare + facts.codeShare;
  const looks = 0.4 * length + 0.3 * facts.wordyShare + 0.3 * different;
  return name * 0.8 + looks * (1 - clamp(numbers)) * (1 - 0.5 * facts.blankShare);
}

/** Short values that repeat. One value alone is not excluded: the file may be sorted. */
function labelScore(facts: ColumnFacts, name: number): number {
  if (facts.cells === 0) return name;
  const repeats = facts.cells < 2 ? 0.3 : 1 - (facts.distinct - 1) / (facts.cells - 1);
  const known = Math.min(1, facts.cells / FEW_CELLS);
  const repetition = known * repeats + (1 - known) * (0.4 + 0.4 * repeats);
  const short = clamp(1 - (facts.meanLength - 12) / 40);
  const constant = facts.distinct === 1 && facts.cells > 2 ? 0.45 : 1;
  const off = clamp(facts.fractionShare + facts.codeShare) * 0.8;
  const counting = facts.counts && facts.cells > 3 ? 0.3 : 1;
  const looks = (0.6 * repetition + 0.4 * short * repetition) * constant * counting;
  return name * 0.8 + looks * (1 - off) * (1 - 0.5 * facts.blankShare);
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));
