import { utf8Bytes } from "../bytes/utf8-bytes.js";
import { CorpusError } from "../errors.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { CorpusLimits } from "../options/limits.js";
import type { RowSink } from "../rows/raw-row.js";
import { columnRows } from "./column-rows.js";
import { ColumnsVisitor } from "./columns-visitor.js";
import { ElementRows } from "./element-rows.js";
import { ElementsVisitor } from "./elements-visitor.js";
import { planRows, type RowsPlan } from "./plan.js";
import type { OpenRows } from "./row-taker.js";
import { JsonScanner, type JsonVisitor } from "./scanner.js";
import { type Shape, ShapeVisitor } from "./shape.js";

/** A JSON document, and how much of it is read. */
export interface JsonDocument {
  /** Opens its bytes from the start. */
  open(): AsyncIterable<Uint8Array>;
  format: DatasetFormat;
  limits: CorpusLimits;
  /** For a preview: reading ends without an error after so much. */
  bounds?: { bytes: number; rows: number } | undefined;
}

const PIECE_BYTES = 64 * 1024;
const OPEN_ARRAY = 0x5b;
const isBlank = (byte: number) => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/**
 * Finds the rows of a document. One that begins with "[" is a list of them; any other is read as a
 * whole to find where they are. Throws CorpusError "bad-json", "bad-format".
 */
export async function planJson(document: JsonDocument): Promise<RowsPlan> {
  const shape = await shapeOf(document);
  return planRows(shape, document.format);
}

async function shapeOf(document: JsonDocument): Promise<Shape> {
  const visitor = new ShapeVisitor();
  const scanner = new JsonScanner(visitor, document.limits.maxLineBytes);
  for await (const piece of pieces(document)) {
    const first = piece.find((byte) => !isBlank(byte));
    scanner.push(piece);
    // The rest is checked while its rows are read.
    if (first === OPEN_ARRAY && visitor.root?.kind === "array") return visitor.root;
  }
  if (!document.bounds) scanner.finish();
  if (visitor.root) return visitor.root;
  throw new CorpusError("empty-file", "The file holds no rows. Upload a file with data in it.");
}

/** Passes the rows of a document to the sink, and yields now and then. */
export async function* feedJson(
  document: JsonDocument,
  plan: RowsPlan,
  openRows: OpenRows,
  sink: RowSink,
): AsyncGenerator<void> {
  const { format, limits, bounds } = document;
  const maxRows = bounds?.rows ?? Number.POSITIVE_INFINITY;
  if (plan.kind === "columns") {
    const held = { maxBytes: limits.maxBufferedBytes, maxRows };
    const visitor = new ColumnsVisitor(plan.path, held);
    for await (const _ of scan(document, visitor)) yield;
    yield* columnRows(visitor.columns, format, openRows, sink);
    return;
  }
  const rows = new ElementRows(format, openRows, plan.names, sink);
  const visitor = new ElementsVisitor(plan.path, (value, key) => {
    if (rows.count < maxRows) rows.take(value, typeof key === "string" ? key : null);
  });
  for await (const _ of scan(document, visitor)) {
    yield;
    if (rows.count >= maxRows) break;
  }
  rows.finish();
}

async function* scan(document: JsonDocument, visitor: JsonVisitor): AsyncGenerator<void> {
  const scanner = new JsonScanner(visitor, document.limits.maxLineBytes);
  for await (const piece of pieces(document)) {
    scanner.push(piece);
    yield;
  }
  if (!document.bounds) scanner.finish();
}

async function* pieces({ open, format, bounds }: JsonDocument): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of utf8Bytes(open(), format.encoding)) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      yield chunk.subarray(at, at + PIECE_BYTES);
    }
    bytes += chunk.length;
    if (bounds && bytes >= bounds.bytes) return;
  }
}
