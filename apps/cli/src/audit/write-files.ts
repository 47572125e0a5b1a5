import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { CorpusSummary, FileRow } from "@winnow/corpus";
import type { Evidence } from "@winnow/linear";
import { draftOf } from "../files/output-paths.js";
import { takePlace } from "../files/whole-file.js";
import { type AddedColumn, fileTable, freeName, writtenAs, writtenEnding } from "./file-table.js";
import type { AuditFindings } from "./judge-rows.js";
import { type NearRowLine, nearLines } from "./nearest.js";
import { type AuditRows, type AuditSource, readBatches } from "./read-file.js";
import { RowChannel } from "./row-channel.js";

/** What is known of a flagged row beside its columns. */
interface NoiseRow extends FileRow {
  readonly suggestedLabel?: string;
  readonly score?: number;
  readonly evidence?: (Evidence & { nearest?: readonly NearRowLine[] | undefined }) | undefined;
}

export interface WrittenFile {
  readonly path: string;
  readonly rows: number;
  /** Whether it took an earlier file's place. */
  readonly isReplaced: boolean;
}

/** Where the rows without a flag and those with one go. */
export const splitPaths = (folder: string, format: AuditSource["format"]) => {
  const ending = writtenEnding(format);
  return { cleaned: join(folder, `cleaned.${ending}`), noise: join(folder, `noise.${ending}`) };
};

export interface SplitFiles {
  readonly folder: string;
  readonly source: AuditSource;
  readonly rows: AuditRows;
  readonly findings: AuditFindings;
}

/**
 * Reads the file again and writes its rows into two of its format, with all its columns: those
 * without a flag, and the flagged ones with what is suggested. Both appear whole or not at all.
 */
export async function writeSplits(files: SplitFiles): Promise<WrittenFile[]> {
  const { folder, source, rows: audited, findings } = files;
  const { flags, evidence, nearest } = findings;
  const { summary } = audited;
  const format = writtenAs(source.format);
  // A file without names for its columns has none for new ones either.
  const hasNames = source.format.header !== false;
  await mkdir(folder, { recursive: true });
  const paths = splitPaths(folder, source.format);
  const parts = (["cleaned", "noise"] as const).map((name) => {
    const path = paths[name];
    const channel = new RowChannel<NoiseRow>();
    const bytes = fileTable(channel, {
      format,
      file: source.format,
      summary,
      added: name === "noise" && hasNames ? addedColumns(summary, evidence !== undefined) : [],
    });
    const draft = draftOf(path);
    const written = pipeline(Readable.from(bytes), createWriteStream(draft)).catch((error) => {
      channel.fail(error);
      throw error;
    });
    written.catch(() => {}); // awaited below
    return { path, draft, channel, written, rows: 0, isReplaced: false };
  });
  const [cleaned, noise] = [parts[0]!, parts[1]!];
  const flagged = new Uint8Array(flags.issues.n);
  for (const row of flags.issues.indices) flagged[row] = 1;
  const names = summary.classes.map((one) => one.name);
  try {
    for await (const { samples } of readBatches(source)) {
      const rows: { clean: NoiseRow[]; doubted: NoiseRow[] } = { clean: [], doubted: [] };
      for (const sample of samples) {
        const row = sample.ordinal;
        const { externalId: id, text, classIndex, trueClassIndex, cells = null } = sample;
        const trueLabel = trueClassIndex === null ? null : names[trueClassIndex]!;
        const own: FileRow = { id, text, label: names[classIndex]!, trueLabel, cells };
        if (flagged[row] === 0) rows.clean.push(own);
        else {
          const why = evidence?.of(row);
          const near = nearest && nearLines(nearest, row, audited);
          rows.doubted.push({
            ...own,
            suggestedLabel: names[flags.suggested[row]!]!,
            score: flags.scores[row]!,
            evidence: why && (near ? { ...why, nearest: near } : why),
          });
        }
      }
      await cleaned.channel.give(rows.clean);
      await noise.channel.give(rows.doubted);
      cleaned.rows += rows.clean.length;
      noise.rows += rows.doubted.length;
    }
    for (const { channel } of parts) channel.close();
    await Promise.all(parts.map(({ written }) => written));
    for (const part of parts) part.isReplaced = await takePlace(part.draft, part.path);
  } catch (error) {
    for (const { channel } of parts) channel.close();
    await Promise.allSettled(parts.map(({ written }) => written));
    for (const { draft } of parts) await rm(draft, { force: true });
    throw error;
  }
  return parts.map(({ path, rows, isReplaced }) => ({ path, rows, isReplaced }));
}

function addedColumns(summary: CorpusSummary, hasEvidence: boolean): AddedColumn<NoiseRow>[] {
  const own: AddedColumn<NoiseRow>[] = [
    { name: "suggested", type: "text", cellOf: (row) => row.suggestedLabel! },
    { name: "score", type: "number", cellOf: (row) => row.score! },
  ];
  if (hasEvidence) {
    own.push({ name: "evidence", type: "json", cellOf: (row) => JSON.stringify(row.evidence) });
  }
  return own.map((column) => ({ ...column, name: freeName(column.name, summary) }));
}
