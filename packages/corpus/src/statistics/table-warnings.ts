import type { CorpusWarning } from "../rows/corpus-warning.js";
import { INTENDED_REASONS, REJECT_ADVICE } from "../rows/reject-advice.js";
import type { RejectReason } from "../rows/samples.js";

/** Counts of a file's rows; lengths are in characters. */
export interface TableFacts {
  /** Rows that passed every check, before sampling. */
  readonly usable: number;
  readonly distinctTexts: number;
  readonly meanTextLength: number;
  /** Usable rows by label. */
  readonly labels: ReadonlyMap<string, number>;
  /** Most frequent reason first. */
  readonly rejected: readonly { reason: RejectReason; count: number }[];
}

/** With fewer rows, nothing repeats in a sound file either. */
const FEW_ROWS = 4;
const MANY_REJECTED = 0.1;
const MOST = 0.5;

/** Signs that a file is read otherwise than it is meant. */
export function tableWarnings(facts: TableFacts): CorpusWarning[] {
  const warnings = [rejectsWarning(facts)];
  if (facts.usable >= FEW_ROWS) {
    const swapped = swapWarning(facts);
    warnings.push(swapped);
    if (!swapped) warnings.push(uniqueLabelsWarning(facts), equalTextsWarning(facts));
  }
  return warnings.filter((warning) => warning !== null);
}

type MaybeWarning = CorpusWarning | null;

function rejectsWarning({ usable, rejected }: TableFacts): MaybeWarning {
  const faults = rejected.filter(({ reason }) => !INTENDED_REASONS.has(reason));
  const lost = faults.reduce((sum, { count }) => sum + count, 0);
  const rows = usable + lost;
  const [most] = faults;
  if (!most || lost < MANY_REJECTED * rows) return null;
  const { meaning, fix } = REJECT_ADVICE[most.reason];
  const share = Math.round((100 * lost) / rows);
  const message = `${lost} of ${rows} rows (${share} %) are rejected, most as "${most.reason}": ${meaning}. To fix: ${fix}.`;
  return { code: "many-rejected", message };
}

function swapWarning({ usable, distinctTexts, meanTextLength, labels }: TableFacts): MaybeWarning {
  const labelLength = [...labels].reduce((sum, [name, count]) => sum + name.length * count, 0);
  const rows = [...labels.values()].reduce((sum, count) => sum + count, 0);
  const longer = labelLength / rows > 1.5 * meanTextLength;
  const repeat = distinctTexts <= usable * MOST && distinctTexts < labels.size;
  if (!longer || !repeat) return null;
  const message = `Text and label may be swapped: the ${labels.size} labels are longer than the texts, of which only ${distinctTexts} differ. Check textColumn and labelColumn.`;
  return { code: "text-label-swapped", message };
}

function uniqueLabelsWarning({ usable, labels }: TableFacts): MaybeWarning {
  if (labels.size < 0.9 * usable) return null;
  const message = `${labels.size} labels in ${usable} rows: nearly every row has a label of its own, as an id or a text has. Check labelColumn.`;
  return { code: "unique-labels", message };
}

function equalTextsWarning({ usable, distinctTexts }: TableFacts): MaybeWarning {
  if (usable - distinctTexts <= usable * MOST) return null;
  const message = `Only ${distinctTexts} of ${usable} texts differ. Check textColumn, or keep one row of each text (duplicates: "first").`;
  return { code: "equal-texts", message };
}
