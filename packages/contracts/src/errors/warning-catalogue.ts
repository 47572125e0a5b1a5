/**
 * Every warning that the service can store with a dataset, a run or a pruning, and what each is about.
 * A code never changes once it is released; the texts may.
 */
export const WARNINGS = {
  // Files and labels
  "ambiguous-label-names": "Labels are a name of labelNames, and also the index of another.",
  "label-names-replaced": "Names in labelNames replaced those of the file.",
  "labels-normalized": "Spellings of a class were read as one.",
  "similar-classes": "Class names nearly agree.",
  "missing-value-classes": "Class names look like missing values.",
  "other-encoding": "The file may be in another encoding.",
  "other-sheets": "Other sheets of the workbook were not read.",
  "format-unclear": "The format of the file is not certain.",
  "many-rejected": "Many rows were rejected.",
  "text-label-swapped": "Text and label may be swapped.",
  "unique-labels": "Nearly every row has a label of its own.",
  "equal-texts": "Few texts differ.",
  "conflicting-texts": "Equal texts carry different labels.",
  "repeated-ids": "Rows repeat an id.",
  "replacement-characters": "Texts were decoded wrongly before.",
  "empty-classes": "Classes have no row.",
  "single-row-classes": "Classes have one row only.",
  // Annotators
  "one-annotator": "One annotator labelled every row.",
  "no-overlap": "No row has the labels of two annotators.",
  // Runs and probabilities
  "class-smaller-than-folds": "Classes have fewer rows than there are folds.",
  "class-order": "The columns may stand for another order of the classes.",
  "probabilities-clipped": "Probabilities were clipped to their range.",
  "row-sums": "Probabilities of rows do not sum to 1.",
  // Flags
  "class-absent": "Labels of the dataset that no row has.",
  "class-too-small": "Classes have too few rows to be pruned.",
  "fold-one-class": "All rows of a fold have one label.",
  "few-rows": "There are few rows: the method is simpler, or its result rough.",
  "little-noise": "Few labels are wrong: a second round may cost more than it brings.",
  "perfect-accuracy": "The model agrees with every label.",
  "most-rows-flagged": "Most rows are flagged.",
  "noise-above-half": "More than half of the labels seem wrong.",
} as const satisfies Record<string, string>;

export type WarningCode = keyof typeof WARNINGS;

export const WARNING_CODES = Object.keys(WARNINGS) as [WarningCode, ...WarningCode[]];
