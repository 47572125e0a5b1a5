import { ZipArchive } from "../bytes/zip-archive.js";
import { CorpusError } from "../errors.js";
import type { RandomAccess } from "../options/ingest-options.js";
import type { CorpusLimits } from "../options/limits.js";
import { readNumberFormats } from "./number-formats.js";
import { readSharedStrings } from "./shared-strings.js";
import { type SheetRow, SheetRows } from "./sheet-rows.js";
import { widthOf } from "./sheet-table.js";
import { findSheet, namesOf, openWorkbook, type Sheet, type Workbook } from "./workbook.js";
import { readXml } from "./xml-events.js";

/** An open xlsx workbook. Faults of it are CorpusErrors "bad-xlsx" and "bad-zip". */
export class XlsxFile {
  readonly #zip: ZipArchive;
  readonly #workbook: Workbook;
  readonly #limits: CorpusLimits;
  readonly #bytes: number;

  constructor(zip: ZipArchive, workbook: Workbook, limits: CorpusLimits, bytes: number) {
    this.#zip = zip;
    this.#workbook = workbook;
    this.#limits = limits;
    this.#bytes = bytes;
  }

  static async open(file: RandomAccess, limits: CorpusLimits): Promise<XlsxFile> {
    const zip = await ZipArchive.open(file);
    return new XlsxFile(zip, await openWorkbook(zip, limits), limits, file.byteLength);
  }

  /** The sheets that are not hidden. */
  get shown(): readonly Sheet[] {
    return this.#workbook.sheets.filter(({ isHidden }) => !isHidden);
  }

  /** The sheet with this name or place from 0. Throws CorpusError "bad-format". */
  sheet(wanted: string | number | undefined): Sheet {
    return findSheet(this.#workbook, wanted);
  }

  /**
   * Passes the rows of a sheet on, from the top, and yields the bytes of the file read so far now and
   * then. Throws CorpusError "empty-file" for a sheet without values.
   */
  async *feed({ name, part }: Sheet, take: (row: SheetRow) => void): AsyncGenerator<number> {
    const strings = await readSharedStrings(this.#zip, this.#workbook, this.#limits);
    const formats = await readNumberFormats(this.#zip, this.#workbook, this.#limits);
    const { is1904 } = this.#workbook;
    const context = { strings, formats, is1904, maxRowLength: this.#limits.maxLineBytes };
    let hasValues = false;
    const rows = new SheetRows(context, (row) => {
      hasValues ||= widthOf(row.cells) > 0;
      take(row);
    });
    const member = this.#zip.find(part);
    let bytesRead = 0;
    const bytes = member
      ? this.#zip.read(member, this.#limits, (read) => {
          bytesRead = read;
        })
      : nothing();
    for await (const _ of readXml(part, bytes, rows)) {
      yield Math.round((bytesRead / Math.max(1, member?.packedBytes ?? 0)) * this.#bytes);
    }
    if (!hasValues) throw this.#emptySheet(name);
  }

  #emptySheet(name: string): CorpusError {
    const others = this.#workbook.sheets.filter((sheet) => sheet.name !== name);
    const hint =
      others.length === 0 ? "" : ` The workbook also has ${namesOf(others)}: name one as sheet.`;
    return new CorpusError("empty-file", `The sheet ${JSON.stringify(name)} holds no rows.${hint}`);
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
