/**
 * The class names that a file stores for its own columns, such as the ClassLabel features of
 * Hugging Face, in index order.
 */
export interface ColumnNames {
  label?: readonly string[] | undefined;
  trueLabel?: readonly string[] | undefined;
}

/** The names that one label column is read with. */
export interface NamesOfColumn {
  /** The only classes there are; undefined = every text names a class. */
  classes: readonly string[] | undefined;
  /** What a number of the column stands for, by index. */
  indexes: readonly string[] | undefined;
  /** Whether the caller gave `indexes`; the file itself is never ambiguous about its numbers. */
  given: boolean;
  /** The file's own names, if others were given that contradict them. */
  replaced: readonly string[] | undefined;
}

/**
 * The names of the label column and of the true label's. Given names decide which classes there
 * are; what a number stands for is the file's to say, unless the given names are others altogether
 * (a translation). A column of numbers without names borrows those of the other column.
 */
export function namesOfColumns(
  given: readonly string[] | undefined,
  own: ColumnNames,
): { label: NamesOfColumn; trueLabel: NamesOfColumn } {
  return {
    label: namesOf(given, own.label, own.trueLabel),
    trueLabel: namesOf(given, own.trueLabel, own.label),
  };
}

function namesOf(
  given: readonly string[] | undefined,
  own: readonly string[] | undefined,
  others: readonly string[] | undefined,
): NamesOfColumn {
  const classes = given ?? own;
  const stored = own ?? others;
  if (!given || (stored && agree(given, stored))) {
    return { classes, indexes: stored, given: false, replaced: undefined };
  }
  return { classes, indexes: given, given: true, replaced: stored };
}

/** Whether one of the lists holds all names of the other, in whatever order. */
function agree(a: readonly string[], b: readonly string[]): boolean {
  const [few, many] = a.length < b.length ? [a, b] : [b, a];
  const names = new Set(many);
  return few.every((name) => names.has(name));
}
