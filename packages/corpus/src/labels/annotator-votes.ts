import type { DatasetFormat } from "../options/dataset-format.js";
import type { LabelValue } from "../rows/raw-row.js";
import type { LabelResolver, Resolution } from "./label-resolver.js";

/** What annotators say of a row. */
export interface ResolvedVotes {
  /** The class with most votes, the first of them where some are tied; or why there is none. */
  readonly label: Resolution;
  /** By annotator; null: no vote. */
  readonly names: readonly (string | null)[];
}

/** The classes that annotators gave a row. A label that is no class is a fault of the whole row. */
export function resolveVotes(
  votes: readonly (LabelValue | readonly LabelValue[])[],
  labels: LabelResolver,
  { annotatorColumns = [] }: DatasetFormat,
): ResolvedVotes {
  const resolved = votes.map((vote) => labels.resolve(vote));
  const names = resolved.map((one) => (one.ok ? one.name : null));
  const bad = resolved.findIndex((one) => !one.ok && one.reason !== "empty-label");
  const fault = resolved[bad];
  if (fault && !fault.ok) {
    const detail = `annotator ${JSON.stringify(annotatorColumns[bad])}: ${fault.detail}`;
    return { label: { ...fault, detail }, names };
  }
  const counts = new Map<string, number>();
  for (const name of names) if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  const first = resolved.find((one) => one.ok && counts.get(one.name) === most);
  const none = { ok: false, reason: "empty-label", detail: "no annotator labelled it" } as const;
  return { label: first ?? none, names };
}
