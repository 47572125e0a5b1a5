/** How a label field becomes one class. A path's levels are joined by "/". */
export interface LabelPolicy {
  /** Which of several labels counts; "all" uses the first and lists the others. Default "first". */
  policy?: "first" | "deepest" | "drop-multiple" | "all" | undefined;
  /** How many levels of a path count. Default "full". */
  level?: 1 | 2 | "full" | undefined;
  /** What happens to paths with fewer levels than `level`. Default "keep". */
  shortPaths?: "keep" | "drop" | undefined;
  /**
   * Whether names that differ only in case, width, Unicode form, invisible characters or blanks are
   * one class. labelNames and the targets of aliases spell it, else the first row that has it.
   * Default false.
   */
  normalizeLabels?: boolean | undefined;
  /** Names to replace, applied once to a whole path and to its cut form; "" means no label. */
  aliases?: readonly LabelAlias[] | undefined;
  /** Classes with fewer rows are left out; needs a counting pass over the file. */
  minPerClass?: number | undefined;
}

/** A name to read as another one. */
export interface LabelAlias {
  from: string;
  to: string;
}
