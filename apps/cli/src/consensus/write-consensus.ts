import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Consensus } from "@winnow/confident-learning";
import { stringify } from "csv-stringify/sync";
import { type AddedColumn, fileTable, freeName, writtenAs } from "../audit/file-table.js";
import { type AuditSource, readBatches } from "../audit/read-file.js";
import { wholeFile } from "../files/whole-file.js";
import type { VotedRows } from "./read-votes.js";

interface ConsensusFile {
  readonly source: AuditSource;
  readonly rows: VotedRows;
  readonly consensus: Consensus;
}

interface ConsensusRow {
  readonly row: number;
  readonly id: string | null;
  readonly text: string;
  readonly label: string;
  readonly trueLabel: string | null;
  readonly cells: readonly (string | null)[] | null;
}

/**
 * Reads the file again and writes its kept rows with all their columns and five more: the consensus,
 * its quality, the share of votes for it, the number of votes, and the majority vote. The file appears whole or
 * not at all. Returns whether it took an earlier one's place.
 */
export async function writeConsensus(path: string, file: ConsensusFile): Promise<boolean> {
  const { source, rows } = file;
  const { summary } = rows;
  const table = fileTable(rowsOf(file), {
    format: writtenAs(source.format),
    file: source.format,
    summary,
    added: addedColumns(file),
  });
  return wholeFile(path, (draft) => pipeline(Readable.from(table), createWriteStream(draft)));
}

/** Writes a line for each annotator. */
export async function writeAnnotators(
  path: string,
  { annotators, summary }: VotedRows,
  consensus: Consensus,
): Promise<boolean> {
  const lines = consensus.annotators.map((one) => [
    annotators[one.annotator]!,
    one.votes,
    cell(one.quality),
    cell(one.agreementWithConsensus),
    cell(one.agreementWithOthers),
    one.weight,
    summary.classes[one.worstClass]?.name ?? "",
  ]);
  const head = [
    "annotator",
    "votes",
    "quality",
    "agreement_with_consensus",
    "agreement_with_others",
    "weight",
    "worst_class",
  ];
  return wholeFile(path, (draft) => writeFile(draft, stringify([head, ...lines])));
}

const cell = (value: number) => (Number.isNaN(value) ? "" : value);

async function* rowsOf({ source, rows }: ConsensusFile): AsyncGenerator<ConsensusRow> {
  const names = rows.summary.classes.map(({ name }) => name);
  for await (const { samples } of readBatches(source)) {
    for (const { ordinal, externalId, text, classIndex, trueClassIndex, cells } of samples) {
      yield {
        row: ordinal,
        id: externalId,
        text,
        label: names[classIndex]!,
        trueLabel: trueClassIndex === null ? null : names[trueClassIndex]!,
        cells: cells ?? null,
      };
    }
  }
}

function addedColumns({ rows, consensus }: ConsensusFile): AddedColumn<ConsensusRow>[] {
  const { labels, quality, agreement, majority } = consensus;
  const { summary, votes } = rows;
  const nameOf = (label: number) => summary.classes[label]!.name;
  const own: AddedColumn<ConsensusRow>[] = [
    { name: "consensus", type: "text", cellOf: ({ row }) => nameOf(labels[row]!) },
    { name: "quality", type: "number", cellOf: ({ row }) => quality[row]! },
    { name: "agreement", type: "number", cellOf: ({ row }) => agreement[row]! },
    {
      name: "votes",
      type: "number",
      cellOf: ({ row }) => votes.starts[row + 1]! - votes.starts[row]!,
    },
    { name: "majority", type: "text", cellOf: ({ row }) => nameOf(majority[row]!) },
  ];
  return own.map((column) => ({ ...column, name: freeName(column.name, summary) }));
}
