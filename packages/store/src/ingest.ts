import type { DatasetProfile } from "@winnow/contracts";
import type { Claim } from "./claim.js";
import { type Store, withTransaction } from "./client.js";
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

const SAMPLE_COLUMNS = [
  "dataset_key",
  "ordinal",
  "line",
  "external_id",
  "text",
  "class_index",
  "true_class_index",
];

/**
 * Writes a dataset in one transaction: samples and rejects batch by batch by COPY, then classes,
 * profile and the task's end. A throw anywhere, or a lost claim, leaves nothing behind.
 */
export async function writeDataset(
  store: Store,
  claim: Claim,
  batches: AsyncIterator<
    { samples: readonly SampleRow[]; rejects: readonly RejectRow[] },
    DatasetSummary
  >,
): Promise<void> {
  await withTransaction(store, async (tx) => {
    const found = await tx.query<{ key: number }>("SELECT key FROM datasets WHERE id = $1", [
      claim.datasetId,
    ]);
    const { key } = found.rows[0] as { key: number };
    await dropPartition(tx, "samples", key);
    const partition = await createPartition(tx, "samples", key);
    let rows = 0;
    let rejected = 0;
    let next = await batches.next();
    for (; !next.done; next = await batches.next()) {
      const { samples, rejects } = next.value;
      rows += await copyIn(tx, partition, SAMPLE_COLUMNS, samples, (row, sample) =>
        row
          .int4(key)
          .int4(sample.ordinal)
          .int4(sample.line)
          .text(sample.externalId)
          .text(sample.text)
          .int4(sample.classIndex)
          .int4(sample.trueClassIndex),
      );
      if (rejects.length === 0) continue;
      rejected += await copyIn(
        tx,
        "rejects",
        ["dataset_id", "line", "reason", "detail", "excerpt"],
        rejects,
        (row, reject) =>
          row
            .text(claim.datasetId)
            .int4(reject.line)
            .text(reject.reason)
            .text(reject.detail)
            .text(reject.excerpt),
      );
    }
    const summary = next.value;
    await copyIn(
      tx,
      "classes",
      ["dataset_id", "index", "name", "count"],
      summary.classes,
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
