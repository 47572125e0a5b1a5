import type { DatasetProfile, FileLayout } from "@winnow/contracts";
import {
  ownedSamples,
  type RowBlock,
  RowBlockError,
  SAMPLE_COLUMNS,
  type SamplesSoFar,
} from "@winnow/copy-rows";
import { chargeRows, rowAllowance } from "../access/quotas.js";
import type { Store, Transaction } from "../database/client.js";
import { copyIn, copyOut, copyWritten } from "../database/copy-binary.js";
import { attachPartition, createLooseTable, partitionOf } from "../database/partitions.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { succeedTask } from "../queue/task-ends.js";
import { makeDatasetReady } from "../states/dataset-state.js";
import { writeNearDuplicates } from "./near-duplicates.js";
import { clearRejects, copyRejects } from "./rejects.js";

/** What an ingest knows once the file has been read. */
export interface DatasetSummary {
  readonly classes: readonly { index: number; name: string; count: number }[];
  readonly profile: DatasetProfile;
  readonly sha256: string | null;
  readonly hasTrueLabels: boolean;
  /** Of the file; absent if its columns were not recorded. */
  readonly layout?: FileLayout | null;
  /** How sure the format was, and what else the file could be; null where it was given. */
  readonly guess?: { readonly confidence: number; readonly alternatives: readonly object[] } | null;
  /**
   * Which rows nearly have the same text, found once all samples are written: the profile of it, and the
   * group of each row, (n), by the ordinal of its first. null where they are not compared.
   */
  readonly compareRows?: (samples: WrittenSamples) => Promise<ComparedRows | null>;
  /** Of a derived dataset: takes over what is known about the rows of its parent. */
  readonly takeOver?: (tx: Transaction, datasetKey: number) => Promise<void>;
  /** Queues what was asked for in advance, once the dataset is ready; what it returns is in the result. */
  readonly next?: ((tx: Transaction) => Promise<Record<string, unknown>>) | undefined;
}

interface ComparedRows {
  readonly profile: NonNullable<DatasetProfile["nearDuplicates"]>;
  readonly groups: Int32Array;
}

/** A dataset's samples before they are committed. */
export interface WrittenSamples {
  readonly rows: number;
  /** In input order. */
  read(): AsyncIterable<{ texts: readonly string[]; labels: readonly number[] }>;
  textsOf(ordinals: readonly number[]): Promise<Map<number, string>>;
}

/** Samples and rejects, each in file order, as `sampleWriter` and `rejectWriter` write them. */
export interface DatasetBatch {
  readonly samples: RowBlock;
  readonly rejects: RowBlock;
}

/** The iterator returns the summary. */
export type DatasetBatches = AsyncIterator<DatasetBatch, DatasetSummary>;

export interface RowQuota {
  /** Rows of datasets that one owner may have; undefined: no limit. */
  readonly maxStoredRows: number | undefined;
}

/**
 * Writes a dataset in one transaction: samples and rejects batch by batch by COPY, then classes,
 * profile and the end of the task. If anything throws or the claim is lost, nothing is written.
 * Throws `quota-exceeded` as soon as its owner has no rows left.
 */
export async function writeDataset(
  store: Store,
  claim: Claim,
  batches: DatasetBatches,
  { maxStoredRows }: RowQuota = { maxStoredRows: undefined },
): Promise<void> {
  await writeClaimed(store, claim, async (tx) => {
    const found = await tx.query<{ key: number; ownerId: string | null }>(
      `SELECT key, owner_id AS "ownerId" FROM datasets WHERE id = $1`,
      [claim.datasetId],
    );
    const { key, ownerId } = found.rows[0]!;
    const quota =
      ownerId !== null && maxStoredRows !== undefined ? { ownerId, maxStoredRows } : null;
    // Attached last: from then until the transaction ends no other partition can be attached.
    const partition = partitionOf("samples", key);
    await createLooseTable(tx, "samples", key);
    await clearRejects(tx, claim.datasetId);
    const allowed = quota && (await rowAllowance(tx, quota.ownerId, quota.maxStoredRows));
    const groups = new BatchGroups(batches, key, allowed);
    let rejected = 0;
    while (groups.summary === null) {
      await copyWritten(tx, partition, SAMPLE_COLUMNS, groups.samples());
      rejected += await copyRejects(tx, claim, groups.rejects());
    }
    const { summary, rows } = groups;
    const written = writtenSamples(tx, partition, rows);
    const compared = await summary.compareRows?.(written);
    const profile = { ...summary.profile, ...(compared && { nearDuplicates: compared.profile }) };
    if (compared) await writeNearDuplicates(tx, key, compared.groups);
    await summary.takeOver?.(tx, key);
    if (quota) await chargeRows(tx, quota.ownerId, rows, quota.maxStoredRows);
    await attachPartition(tx, "samples", key);
    await copyIn<DatasetSummary["classes"][number]>(
      tx,
      "classes",
      ["dataset_id", "index", "name", "count"],
      [summary.classes],
      (row, c) => row.text(claim.datasetId).int4(c.index).text(c.name).int4(c.count),
    );
    await succeedTask(tx, claim, {
      result: async () => {
        const found = {
          rows,
          rejected,
          classCount: summary.classes.length,
          profile,
          sha256: summary.sha256,
          hasTrueLabels: summary.hasTrueLabels,
          layout: summary.layout ?? null,
        };
        if (!(await makeDatasetReady(tx, claim.datasetId!, found))) {
          throw new Error(`${claim.datasetId} is not being ingested`);
        }
        return {
          datasetId: claim.datasetId,
          rows,
          rejected,
          classes: summary.classes.length,
          sameFileAs: await sameFileAs(tx, claim.datasetId!),
          warnings: profile.warnings,
          ...(summary.layout ? { format: summary.layout.format } : {}),
          ...(summary.guess ? { guess: summary.guess } : {}),
          ...(await summary.next?.(tx)),
        };
      },
    });
  });
}

/** Ready datasets that were read from the same bytes. */
async function sameFileAs(tx: Transaction, datasetId: string): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `SELECT other.id FROM datasets own JOIN datasets other ON other.sha256 = own.sha256
     WHERE own.id = $1 AND other.id <> own.id AND other.state = 'ready' ORDER BY other.id`,
    [datasetId],
  );
  return rows.map(({ id }) => id);
}

const writtenSamples = (tx: Transaction, partition: string, rows: number): WrittenSamples => ({
  rows,
  async *read() {
    let batch = { texts: [] as string[], labels: [] as number[] };
    // Ordered by the whole primary key: ordinal alone would be sorted instead of read off the index.
    const query = `SELECT text, class_index FROM ${partition} ORDER BY dataset_key, ordinal`;
    const chunks = copyOut(tx, query, 2, ({ view, offsets, lengths }) => {
      const at = offsets[0]!;
      batch.texts.push(view.toString("utf8", at, at + lengths[0]!));
      batch.labels.push(view.readInt32BE(offsets[1]!));
    });
    for await (const _ of chunks) {
      yield batch;
      batch = { texts: [], labels: [] };
    }
  },
  async textsOf(ordinals) {
    const found = await tx.query<{ ordinal: number; text: string }>(
      `SELECT ordinal, text FROM ${partition} WHERE ordinal = ANY($1)`,
      [ordinals],
    );
    return new Map(found.rows.map(({ ordinal, text }) => [ordinal, text]));
  },
});

type RowAllowance = Awaited<ReturnType<typeof rowAllowance>>;

const GROUP_SAMPLES = 100_000;
const GROUP_REJECTS = 10_000;

/**
 * A connection runs one COPY at a time. Samples stream into one COPY while the file is parsed,
 * until the group is full or has many rejects; these follow in a COPY of their own.
 */
class BatchGroups {
  readonly #batches: DatasetBatches;
  readonly #key: number;
  readonly #allowed: RowAllowance | null;
  readonly #written: SamplesSoFar = { rows: 0, maxClass: -1 };
  #rejects: RowBlock[] = [];
  summary: DatasetSummary | null = null;

  constructor(batches: DatasetBatches, key: number, allowed: RowAllowance | null) {
    this.#batches = batches;
    this.#key = key;
    this.#allowed = allowed;
  }

  /** Samples so far. */
  get rows(): number {
    return this.#written.rows;
  }

  async *samples(): AsyncGenerator<Buffer> {
    const from = this.rows;
    let rejects = 0;
    while (this.rows - from < GROUP_SAMPLES && rejects < GROUP_REJECTS) {
      const next = await this.#batches.next();
      if (next.done) {
        this.#end(next.value);
        return;
      }
      const batch = next.value;
      rejects += batch.rejects.rows;
      if (batch.rejects.rows > 0) this.#rejects.push(batch.rejects);
      if (this.#allowed && this.rows + batch.samples.rows > this.#allowed.rows) {
        throw this.#allowed.refusal();
      }
      if (batch.samples.rows > 0) yield ownedSamples(batch.samples, this.#key, this.#written);
    }
  }

  rejects(): RowBlock[] {
    return this.#rejects.splice(0);
  }

  #end(summary: DatasetSummary): void {
    if (this.#written.maxClass >= summary.classes.length) {
      throw new RowBlockError(
        `a sample has the class ${this.#written.maxClass}, which there is not`,
      );
    }
    this.summary = summary;
  }
}
