import { transitionOf } from "../filter/posterior.js";
import type { ProbabilitySource } from "../input/source.js";
import { findLabelIssues } from "../issues/find-label-issues.js";
import { type SoftTargets, softTargetsOf } from "../issues/soft-labels.js";

/** Classes kept of a row's posterior: more change nothing. Of very many rows fewer fit into memory. */
const MOST_CLASSES = 10;
const FEWEST_CLASSES = 2;
const MOST_TARGETS = 6e6;

/**
 * What the second round learns: the posterior of what the first round's members say together, by its
 * joint before that is rounded. Reads the source several times.
 */
export async function secondRoundTargets(
  teacher: ProbabilitySource,
  signal?: AbortSignal,
): Promise<SoftTargets> {
  const { n, k } = teacher;
  const { exactJoint } = await findLabelIssues(teacher, {
    semantics: "cleanlab-2",
    ...(signal && { signal }),
  });
  const fitting = Math.floor(MOST_TARGETS / Math.max(1, n));
  const most = Math.min(MOST_CLASSES, Math.max(FEWEST_CLASSES, fitting));
  return softTargetsOf(teacher, transitionOf(exactJoint, k), { most, signal });
}
