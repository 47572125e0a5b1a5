import type { DatasetProfile } from "@winnow/contracts";
import type { Claim } from "./claim.js";
import { writeClaimed } from "./claimed-write.js";
import type { Store } from "./client.js";
import { copyIn } from "./copy-binary.js";
import { createPartition, dropPartition } from "./partitions.js";
import { succeedTask } from "./task-ends.js";

export interface SampleRow {
  readonly ordinal: number;
  readonly line: number;
  readonly externalId: string | null;
  readonly text: string;
  readonly classIndex: number;
  readonly trueClassIndex: number | null;
  /** Under the label policy "all": every class, `classIndex` first. */
  readonly allClassIndexes?: readonly number[];
}

export interface RejectRow {
  readonly line: number;
  readonly reason: string;
  readonly detail: string;
  readonly excerpt: string;
}

/** What is known of a dataset once its file has been read. */
export interface DatasetSummary {
  readonly classes: readonly { index: number; name: string; count: number }[];
  readonly profile: DatasetProfile;
  readonly sha256: string | null;
  readonly hasTrueLabels: boolean;
}

/** Batches in file order, then the summary as the iterator's return value. */
export type DatasetBatches = AsyncIterator<
  { samples: readonly SampleRow[]; rejects: readonly RejectRow[] },
  DatasetSummary
>;

const SAMPLE_COLUMNS = [
  "dataset_key",
  "ordinal",
  "line",
  "external_id",
  "text",
  "class_index",
  "true_class_index",
  "all_class_indexes",
];

const REJECT_COLUMNS = ["dataset_id", "line", "reason", "detail", "excerpt"];

/**
 * Writes a dataset in one transaction: samples and rejects batch by batch by COPY, then classes,
 * profile and the task's end. A throw anywhere, or a lost claim, leaves nothing behind.
 */
export async function writeDataset(
  store: Store,
  claim: Claim,
  batches: DatasetBatches,
): Promise<void> {
  await writeClaimed(store, claim, async (tx) => {
    const found = await tx.query<{ key: number }>("SELECT key FROM datasets WHERE id = $1", [
      claim.datasetId,
    ]);
    const { key } = found.rows[0] as { key: number };
    await dropPartition(tx, "samples", key);
    const partition = await createPartition(tx, "samples", key);
    let rows = 0;
    let rejected = 0;
    const groups = new BatchGroups(batches);
    while (groups.summary === null) {
      rows += await copyIn(tx, partition, SAMPLE_COLUMNS, groups.samples(), (row, sample) =>
        row
          .int4(key)
          .int4(sample.ordinal)
          .int4(sample.line)
          .text(sample.externalId)
          .text(sample.text)
          .int4(sample.classIndex)
          .int4(sample.trueClassIndex)
          .int4Array(sample.allClassIndexes ?? []),
      );
      rejected += await copyIn(tx, "rejects", REJECT_COLUMNS, groups.rejects(), (row, reject) =>
        row
          .text(claim.datasetId)
          .int4(reject.line)
          .text(reject.reason)
          .text(reject.detail)
          .text(reject.excerpt),
      );
    }
    const { summary } = groups;
    await copyIn(
      tx,
      "classes",
      ["dataset_id", "index", "name", "count"],
      [summary.classes],
      (row, c) => row.text(claim.datasetId).int4(c.index).text(c.name).int4(c.count),
    );
    await tx.query(
      `UPDATE datasets SET state = 'ready', rows = $2, rejected = $3, class_count = $4,
         profile = $5, sha256 = $6, has_true_labels = $7, updated_at = now() WHERE id = $1`,
      [
        claim.datasetId,
        rows,
        rejected,
        summary.classes.length,
        JSON.stringify(summary.profile),
        summary.sha256,
        summary.hasTrueLabels,
      ],
    );
    await succeedTask(tx, claim, {
      result: async () => ({
        datasetId: claim.datasetId,
        rows,
        rejected,
        classes: summary.classes.length,
      }),
    });
  });
}

const GROUP_SAMPLES = 100_000;
const GROUP_REJECTS = 10_000;

/**
 * A connection runs one COPY at a time. So samples stream into one COPY, while the file is being
 * parsed, until the group is full or its rejects are many; then these follow by a COPY of theirs.
 */
class BatchGroups {
  #rejects: RejectRow[] = [];
  summary: DatasetSummary | null = null;

  constructor(readonly batches: DatasetBatches) {}

  async *samples(): AsyncGenerator<readonly SampleRow[]> {
    let rows = 0;
    while (rows < GROUP_SAMPLES && this.#rejects.length < GROUP_REJECTS) {
      const next = await this.batches.next();
      if (next.done) {
        this.summary = next.value;
        return;
      }
      rows += next.value.samples.length;
      for (const reject of next.value.rejects) this.#rejects.push(reject);
      yield next.value.samples;
    }
  }

  *rejects(): Generator<readonly RejectRow[]> {
    yield this.#rejects;
    this.#rejects = [];
  }
}
