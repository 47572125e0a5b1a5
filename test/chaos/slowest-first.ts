import { basename } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** By what they took at full scale; all others are a few minutes each, and fill the gaps. */
const SLOWEST = [
  "bad-uploads",
  "hostile-parquet",
  "fold-survives",
  "legal-states",
  "sigterm",
  "no-split-brain",
];

/** A long file that begins last would run by itself at the end. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => groupOf(a) - groupOf(b) || rankOf(a) - rankOf(b));
  }
}

const groupOf = ({ project }: TestSpecification) => project.config.sequence.groupOrder;

function rankOf({ moduleId }: TestSpecification): number {
  const rank = SLOWEST.indexOf(basename(moduleId, ".test.ts"));
  return rank === -1 ? SLOWEST.length : rank;
}
