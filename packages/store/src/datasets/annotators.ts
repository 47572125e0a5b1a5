import type { AnnotatorProfile, DatasetProfile, Vote } from "@winnow/contracts";

/** The names of a dataset's annotators by number, of its stored profile. */
export const annotatorNames = (profile: unknown): string[] =>
  annotatorsOf(profile)?.annotators.map(({ name }) => name) ?? [];

/** Null for a dataset whose rows have one label of nobody in particular. */
export const annotatorsOf = (profile: unknown): AnnotatorProfile | null =>
  (profile as DatasetProfile | null)?.annotators ?? null;

/** Votes by name, of those that are stored: annotator and class by turns. */
export function votesOf(
  stored: readonly number[],
  annotators: readonly string[],
  classes: readonly string[],
): Vote[] {
  const votes: Vote[] = [];
  for (let i = 0; i < stored.length; i += 2) {
    const annotator = annotators[stored[i]!] ?? "";
    votes.push({ annotator, label: classes[stored[i + 1]!] ?? "" });
  }
  return votes;
}
