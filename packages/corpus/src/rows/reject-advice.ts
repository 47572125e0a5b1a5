import type { RejectReason } from "./samples.js";

/** What a reason means, and what the caller can do. */
export interface RejectAdvice {
  readonly meaning: string;
  readonly fix: string;
  /** The option that most often has to change, as a JSON pointer into the parameters of an ingest. */
  readonly pointer: string;
}

/** Every reason for which a row is left out. */
export const REJECT_ADVICE: Readonly<Record<RejectReason, RejectAdvice>> = {
  "bad-encoding": {
    meaning: "the line's bytes do not decode in the given encoding",
    fix: "give the encoding that the file has, or repair the line",
    pointer: "/format/encoding",
  },
  "bad-json": {
    meaning: "the line, or the element of a JSON document, is not one JSON object",
    fix: "write each row as one complete object, or name another format",
    pointer: "/format/type",
  },
  "bad-label-list": {
    meaning: "the label looks like a list, but cannot be read as one",
    fix: "repair the list, or name a labelSeparator",
    pointer: "/format/labelColumn",
  },
  "bad-utf8": {
    meaning: "the line's bytes are not UTF-8, or a text holds half a surrogate pair",
    fix: "give the encoding that the file has, or convert it to UTF-8 with iconv",
    pointer: "/format/encoding",
  },
  "cell-error": {
    meaning: "a cell of the row is an error such as #N/A, or a formula that was never calculated",
    fix: "repair the cell, or save the workbook in a spreadsheet so that it has values",
    pointer: "/source",
  },
  "class-too-small": {
    meaning: "the row's class has fewer rows than minPerClass",
    fix: "lower minPerClass, or join classes by aliases",
    pointer: "/labels/minPerClass",
  },
  duplicate: {
    meaning: 'the same text came before, and duplicates is "first"',
    fix: 'set duplicates to "keep"',
    pointer: "/duplicates",
  },
  "empty-label": {
    meaning: "the row has no label",
    fix: "fill the label in, or name the column that holds the label",
    pointer: "/format/labelColumn",
  },
  "empty-line": {
    meaning: "the line is blank",
    fix: "nothing is lost; remove blank lines if they are not wanted",
    pointer: "/source",
  },
  "empty-text": {
    meaning: "the row has no text",
    fix: "fill the text in, or name the column that holds the text",
    pointer: "/format/textColumn",
  },
  "field-count": {
    meaning: "the row has more or fewer fields than the first one",
    fix: "put fields that hold the delimiter in quotes, or correct the delimiter",
    pointer: "/format/delimiter",
  },
  "missing-field": {
    meaning: "the object has no value in a column",
    fix: "name the column that holds it; a dotted path leads into objects",
    pointer: "/format/textColumn",
  },
  "multiple-labels": {
    meaning: 'the row has several labels, and the policy is "drop-multiple"',
    fix: 'choose the policy "first", "deepest" or "all"',
    pointer: "/labels/policy",
  },
  "not-in-split": {
    meaning: "the pruning or a review leaves the row out of this version",
    fix: "review the row as keep or relabel, and make the version again",
    pointer: "/source/split",
  },
  "not-sampled": {
    meaning: "sampling drew other rows of the class",
    fix: "raise sampling.perClass",
    pointer: "/sampling/perClass",
  },
  "nul-character": {
    meaning: "the line or a value holds a NUL",
    fix: "remove the NUL characters; if there is one in every line, the encoding may be UTF-16",
    pointer: "/format/encoding",
  },
  "second-label": {
    meaning: "the annotator gave this id another label before, which counts",
    fix: "keep one label of each annotator for each id",
    pointer: "/source",
  },
  "short-path": {
    meaning: 'the label has fewer levels than wanted, and shortPaths is "drop"',
    fix: 'lower level, or set shortPaths to "keep"',
    pointer: "/labels/shortPaths",
  },
  "too-long": {
    meaning: "the line, or the record in quotes, is longer than the limit",
    fix: "shorten the text; if quotes are characters in this file, a record may hold many lines",
    pointer: "/source",
  },
  "unknown-label": {
    meaning: "the label is none of the known classes",
    fix: "add it to labelNames, or name the column that holds the label",
    pointer: "/format/labelNames",
  },
  "wrong-type": {
    meaning: "the column holds a list, an object or a number where a text is wanted",
    fix: "name the column that holds it; a dotted path leads into objects",
    pointer: "/format/textColumn",
  },
};

/** Reasons that the caller asked for, and blank lines: no sign of a wrong format. */
export const INTENDED_REASONS: ReadonlySet<RejectReason> = new Set<RejectReason>([
  "class-too-small",
  "duplicate",
  "empty-line",
  "multiple-labels",
  "not-in-split",
  "not-sampled",
  "short-path",
]);
