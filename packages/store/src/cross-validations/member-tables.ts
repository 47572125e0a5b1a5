import type { RunMember } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { attachPartition, createLooseTable, partitionOf } from "../database/partitions.js";
import { copyProbabilities } from "./probabilities.js";
import { type WholeBlock, withLabels } from "./whole-rows.js";

/** One table of probabilities, in sample order. */
export interface PooledTable {
  /** (n) */
  readonly folds: Uint8Array;
  /** Called once, when the table is written. */
  blocks(): Iterable<WholeBlock> | AsyncIterable<WholeBlock>;
}

/** A table of one of a run's models. */
export interface MemberTable extends PooledTable {
  readonly member: RunMember;
}

/** The tables of a run's members, by their keys. */
export type WrittenMembers = readonly { readonly member: RunMember; readonly key: number }[];

/** Writes tables that nobody has yet. */
export async function writeMembers(
  tx: Transaction,
  run: { readonly labels: Int32Array; readonly classCount: number },
  members: readonly MemberTable[],
): Promise<WrittenMembers> {
  const written = [];
  for (const member of members) {
    written.push({ member: member.member, key: await writeLooseTable(tx, run, member) });
  }
  return written;
}

/** Attaches the tables and makes them the run's members; like `attachTables` to be called late. */
export async function addMembers(
  tx: Transaction,
  parentId: string,
  members: WrittenMembers,
): Promise<void> {
  await attachTables(
    tx,
    members.map(({ key }) => key),
  );
  for (const { member, key } of members) await addMember(tx, parentId, member, key);
}

/** Writes a table that is nobody's yet; returns its key. */
export async function writeLooseTable(
  tx: Transaction,
  { labels, classCount }: { readonly labels: Int32Array; readonly classCount: number },
  { folds, blocks }: PooledTable,
): Promise<number> {
  const { rows } = await tx.query<{ key: number }>(
    "SELECT nextval(pg_get_serial_sequence('cross_validations', 'key'))::int AS key",
  );
  const { key } = rows[0]!;
  await createLooseTable(tx, "fold_probabilities", key);
  const table = partitionOf("fold_probabilities", key);
  await copyProbabilities(tx, { key, table }, classCount, withLabels(blocks(), { labels, folds }));
  return key;
}

/** Attaches loose tables. It keeps others from attaching theirs until the commit: call it late. */
export async function attachTables(tx: Transaction, keys: readonly number[]): Promise<void> {
  for (const key of keys) await attachPartition(tx, "fold_probabilities", key);
}

/** Makes the table of that key one of the run's members. */
export async function addMember(
  tx: Transaction,
  parentId: string,
  member: RunMember,
  key: number,
): Promise<void> {
  await tx.query(
    `INSERT INTO cross_validations (id, key, dataset_id, job_id, state, rows, class_count, folds,
       seed, configuration, backend, accuracy, owner_id, parent_id, member, finished_at)
     SELECT $2, $3, dataset_id, job_id, 'ready', rows, class_count, f.folds, seed, configuration,
       NULL, f.accuracy, owner_id, id, $4, clock_timestamp()
     FROM cross_validations, (SELECT max(fold) + 1 AS folds,
       avg((argmax = given)::int)::float8 AS accuracy
       FROM ${partitionOf("fold_probabilities", key)}) f
     WHERE id = $1`,
    [parentId, newId("crossValidation"), key, member],
  );
}
