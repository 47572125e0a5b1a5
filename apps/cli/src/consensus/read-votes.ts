import { type AnnotatorVotes, majorityVotes } from "@winnow/confident-learning";
import type { CorpusSummary } from "@winnow/corpus";
import { TextStore } from "@winnow/linear";
import { GrowingInts } from "../audit/growing.js";
import { type AuditSource, readBatches } from "../audit/read-file.js";

/** The kept rows of a file, by row, and who gave them which label. */
export interface VotedRows {
  readonly texts: TextStore;
  readonly votes: AnnotatorVotes;
  /** The annotators' names: those of their columns. */
  readonly annotators: readonly string[];
  /** By row: the class with most votes, -1 for none. */
  readonly majority: Int32Array;
  /** The number of each row's record in the file, from 1. */
  readonly records: Int32Array;
  readonly summary: CorpusSummary;
}

/** Reads a file whose format names the annotators' columns; `onProgress` gets the bytes read. */
export async function readVotes(
  source: AuditSource,
  onProgress: (bytes: number) => void,
): Promise<VotedRows> {
  const annotators = (source.format.annotatorColumns ?? []).map(String);
  const texts = new TextStore();
  const records = new GrowingInts();
  const starts = new GrowingInts();
  const annotator = new GrowingInts();
  const label = new GrowingInts();
  let given = 0;
  const batches = readBatches(source, onProgress);
  for (;;) {
    const next = await batches.next();
    if (next.done) {
      starts.push(given);
      const summary = next.value;
      const votes = {
        n: summary.profile.kept,
        annotators: annotators.length,
        starts: starts.take(),
        annotator: annotator.take(),
        label: label.take(),
      };
      const majority = majorityVotes(votes, summary.classes.length);
      return { texts, votes, annotators, majority, records: records.take(), summary };
    }
    for (const { text, record, votes = [] } of next.value.samples) {
      texts.add(text);
      records.push(record!);
      starts.push(given);
      for (const vote of votes) {
        annotator.push(vote.annotator);
        label.push(vote.classIndex);
        given += 1;
      }
    }
  }
}
