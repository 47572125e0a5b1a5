import type { PageHeader } from "hyparquet";
import type { readPage } from "hyparquet/src/column.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import { isCount } from "./page-header.js";
import { type Cursor, checkDeltas, checkFrontCoded, checkRuns } from "./runs.js";

/** How the library decodes a column. */
export type ColumnDecoder = Parameters<typeof readPage>[2];

/** Of a column of lists: more values in one page than any writer puts there. */
const MAX_NESTED_VALUES = 4_000_000;
/** Runs of equal list elements take few bytes each. */
const MAX_VALUES_A_BYTE = 1024;

/** The least bytes of a value. */
const VALUE_BYTES: Readonly<Partial<Record<ColumnDecoder["type"], number>>> = {
  INT32: 4,
  INT64: 8,
  INT96: 12,
  FLOAT: 4,
  DOUBLE: 8,
  BYTE_ARRAY: 4,
};

/** Throws where a page claims more values than its column has rows left, or than its bytes can hold. */
export function checkCount(header: PageHeader, rowsLeft: number, isFlat: boolean): void {
  const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header } = header;
  if (dictionary_page_header) return;
  const values = (v1 ?? v2)?.num_values;
  const bytes = Number(header.uncompressed_page_size);
  const most = isFlat
    ? rowsLeft
    : Math.min(MAX_NESTED_VALUES, rowsLeft + MAX_VALUES_A_BYTE * bytes);
  if (!isCount(values) || values > most) {
    throw new Error(`a page of ${values} values where at most ${most} can follow`);
  }
  if (!v2) return;
  if (!isCount(v2.num_nulls) || v2.num_nulls > values || !isCount(v2.num_rows)) {
    throw new Error(`a page of ${values} values with ${v2.num_nulls} nulls`);
  }
  if (v2.num_rows > rowsLeft) {
    throw new Error(`a page of ${v2.num_rows} rows where ${rowsLeft} are left`);
  }
}

/** Throws where what an unpacked page holds contradicts the counts of its header. */
export function checkPage(page: Uint8Array, header: PageHeader, decoder: ColumnDecoder): void {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const { dictionary_page_header: dictionary, data_page_header: v1 } = header;
  if (dictionary) {
    const most = Math.floor(view.byteLength / leastBytes(decoder));
    if (!isCount(dictionary.num_values) || dictionary.num_values > most) {
      throw new Error(`a dictionary of ${dictionary.num_values} values in ${page.length} bytes`);
    }
    return;
  }
  const start = v1 ? levelsOfV1(view, v1.num_values, decoder) : levelsOfV2(view, header, decoder);
  const data = v1 ?? header.data_page_header_v2!;
  checkValues({ view, offset: start }, data.encoding, data.num_values, decoder, Boolean(v1));
}

function leastBytes({ type, element }: ColumnDecoder): number {
  if (type === "FIXED_LEN_BYTE_ARRAY") return Math.max(1, element.type_length ?? 1);
  return VALUE_BYTES[type] ?? 1 / 8;
}

const widthOf = (level: number): number => 32 - Math.clz32(level);

/** Where the values begin, behind levels that say their own length. */
function levelsOfV1(view: DataView, count: number, { schemaPath }: ColumnDecoder): number {
  let at = 0;
  for (const level of [getMaxRepetitionLevel(schemaPath), getMaxDefinitionLevel(schemaPath)]) {
    if (level > 0) at = checkPrefixed(view, at, widthOf(level), count);
  }
  return at;
}

function levelsOfV2(
  view: DataView,
  { data_page_header_v2: header }: PageHeader,
  { schemaPath }: ColumnDecoder,
): number {
  if (!header) throw new Error("a page of an unknown kind");
  const { num_values: count, repetition_levels_byte_length: repetitions } = header;
  const end = repetitions + header.definition_levels_byte_length;
  const maxRepetition = getMaxRepetitionLevel(schemaPath);
  const maxDefinition = getMaxDefinitionLevel(schemaPath);
  if (maxRepetition > 0) checkRuns(view, 0, repetitions, widthOf(maxRepetition), count);
  if (maxDefinition === 0) return repetitions;
  checkRuns(view, repetitions, end, widthOf(maxDefinition), count);
  return end;
}

/** Runs behind their length in bytes. Returns where they end. */
function checkPrefixed(view: DataView, at: number, width: number, count: number): number {
  const start = at + 4;
  const end = start + view.getUint32(at, true);
  checkRuns(view, start, end, width, count);
  return end;
}

function checkValues(
  page: Cursor,
  encoding: string,
  count: number,
  decoder: ColumnDecoder,
  isV1: boolean,
): void {
  const { view, offset } = page;
  // A page of nulls has no values.
  if (offset >= view.byteLength) return;
  switch (encoding) {
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY":
    case "RLE":
      if (encoding === "RLE" || (isV1 && decoder.type === "BOOLEAN")) {
        checkPrefixed(view, offset, 1, 0);
        checkRuns(view, offset + 4, view.byteLength, 1, count, true);
      } else checkRuns(view, offset + 1, view.byteLength, view.getUint8(offset), count, true);
      break;
    case "DELTA_BINARY_PACKED":
    case "DELTA_LENGTH_BYTE_ARRAY":
      checkDeltas(page, count);
      break;
    case "DELTA_BYTE_ARRAY":
      checkFrontCoded(page, count);
      break;
    case "BYTE_STREAM_SPLIT":
      if (view.byteLength - offset > 0 && leastBytes(decoder) * count > 16 * view.byteLength) {
        throw new Error(`${count} values in ${view.byteLength} bytes`);
      }
      break;
  }
}
