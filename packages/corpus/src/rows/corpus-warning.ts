/** A remark about a file and its labels, for people; the code is stable. */
export interface CorpusWarning {
  code:
    | "ambiguous-label-names"
    | "label-names-replaced"
    | "labels-normalized"
    | "similar-classes"
    | "missing-value-classes"
    | "other-encoding"
    | "other-sheets"
    | "format-unclear"
    | "many-rejected"
    | "text-label-swapped"
    | "unique-labels"
    | "equal-texts"
    | "conflicting-texts"
    | "repeated-ids"
    | "replacement-characters"
    | "empty-classes"
    | "single-row-classes"
    | "one-annotator"
    | "no-overlap";
  message: string;
}
