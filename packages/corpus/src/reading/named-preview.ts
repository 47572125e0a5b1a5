import { type AliasSuggestion, suggestAliases } from "../labels/aliases.js";
import type { CorpusPreview } from "./preview.js";

/** Names are compared pair by pair, so only the most frequent ones are. */
const MAX_COMPARED = 1_500;

/** A kept row with its labels by name. */
export interface NamedSample {
  line: number;
  externalId: string | null;
  text: string;
  label: string;
  trueLabel: string | null;
  allLabels: string[];
}

/** A preview for people: labels by name, and names that look like the same class. */
export interface NamedPreview extends Omit<CorpusPreview, "samples" | "classes"> {
  samples: NamedSample[];
  classes: { name: string; count: number }[];
  aliases: AliasSuggestion[];
}

export function namedPreview(preview: CorpusPreview): NamedPreview {
  const names = new Map(preview.classes.map(({ index, name }) => [index, name]));
  const nameOf = (index: number) => names.get(index) ?? "";
  return {
    ...preview,
    samples: preview.samples.map((sample) => ({
      line: sample.line,
      externalId: sample.externalId,
      text: sample.text,
      label: nameOf(sample.classIndex),
      trueLabel: sample.trueClassIndex === null ? null : nameOf(sample.trueClassIndex),
      allLabels: (sample.allClassIndexes ?? []).map(nameOf),
    })),
    classes: preview.classes.map(({ name, count }) => ({ name, count })),
    aliases: suggestAliases(preview.classes.slice(0, MAX_COMPARED)),
  };
}
