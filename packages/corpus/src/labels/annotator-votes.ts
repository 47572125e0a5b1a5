import type { RawVote } from "../rows/raw-row.js";
import type { LabelResolver, Resolution } from "./label-resolver.js";

/** The class that an annotator gave a row, by its name. */
export interface NamedVote {
  readonly annotator: number;
  readonly name: string;
}

/** What annotators say of a row. */
export interface ResolvedVotes {
  /** The class with most votes, the first of them where some are tied; or why there is none. */
  readonly label: Resolution;
  readonly votes: readonly NamedVote[];
}

/** The classes that annotators gave a row. A label that is no class is a fault of the whole row. */
export function resolveVotes(
  raw: readonly RawVote[],
  labels: LabelResolver,
  annotators: readonly string[],
): ResolvedVotes {
  const votes: NamedVote[] = [];
  const counts = new Map<string, number>();
  const firsts = new Map<string, Resolution>();
  for (const { annotator, label } of raw) {
    const resolved = labels.resolve(label);
    if (resolved.ok) {
      votes.push({ annotator, name: resolved.name });
      counts.set(resolved.name, (counts.get(resolved.name) ?? 0) + 1);
      if (!firsts.has(resolved.name)) firsts.set(resolved.name, resolved);
    } else if (resolved.reason !== "empty-label") {
      const detail = `annotator ${JSON.stringify(annotators[annotator])}: ${resolved.detail}`;
      return { label: { ...resolved, detail }, votes };
    }
  }
  // A Map keeps the order of the votes.
  const most = Math.max(0, ...counts.values());
  for (const [name, count] of counts) {
    if (count === most) return { label: firsts.get(name)!, votes };
  }
  return { label: { ok: false, reason: "empty-label", detail: "no annotator labelled it" }, votes };
}
