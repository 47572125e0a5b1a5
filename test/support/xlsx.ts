import { strToU8, type Zippable, zipSync } from "fflate";

/** A cell: a value, or its type, style and content as they stand in the XML. */
export type XlsxCell =
  | string
  | number
  | boolean
  | null
  | { readonly t?: string; readonly s?: number; readonly xml: string };

export interface XlsxSheet {
  readonly name: string;
  readonly state?: "hidden" | "veryHidden";
  /** Rows from the top; an empty one has no element. */
  readonly rows: readonly (readonly XlsxCell[])[];
}

export interface XlsxOptions {
  /** Codes of the cell styles 1, 2, ... */
  readonly formats?: readonly string[];
  readonly is1904?: boolean;
  /** Items of the shared strings before those of the cells, as XML. */
  readonly strings?: readonly string[];
  /** Parts that are added, or replace others. */
  readonly parts?: Readonly<Record<string, string>>;
}

const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";

/** An xlsx workbook, as spreadsheets write it. */
export function xlsxFile(
  sheets: readonly XlsxSheet[],
  options: XlsxOptions = {},
): Uint8Array<ArrayBuffer> {
  const { formats = [], is1904 = false, strings = [], parts = {} } = options;
  const shared = [...strings];
  const worksheets = sheets.map(({ rows }) => worksheet(rows, shared));
  const files: Record<string, string> = {
    "[Content_Types].xml": `<Types xmlns="${PACKAGE}/content-types"/>`,
    "_rels/.rels": relations([["officeDocument", "xl/workbook.xml"]]),
    "xl/workbook.xml": workbook(sheets, is1904),
    "xl/_rels/workbook.xml.rels": relations([
      ...sheets.map((_, i) => ["worksheet", `worksheets/sheet${i + 1}.xml`] as const),
      ["sharedStrings", "/xl/sharedStrings.xml"],
      ["styles", "styles.xml"],
    ]),
    "xl/styles.xml": styles(formats),
    ...Object.fromEntries(worksheets.map((xml, i) => [`xl/worksheets/sheet${i + 1}.xml`, xml])),
    "xl/sharedStrings.xml": `<sst xmlns="${MAIN}">${shared.join("")}</sst>`,
    ...parts,
  };
  const zippable: Zippable = {};
  for (const [name, xml] of Object.entries(files)) zippable[name] = strToU8(xml);
  return new Uint8Array(zipSync(zippable));
}

function workbook(sheets: readonly XlsxSheet[], is1904: boolean): string {
  const listed = sheets.map(({ name, state }, i) => {
    const hidden = state ? ` state="${state}"` : "";
    return `<sheet name="${escaped(name)}" sheetId="${i + 1}"${hidden} r:id="rId${i + 1}"/>`;
  });
  const properties = is1904 ? '<workbookPr date1904="1"/>' : "";
  return `<?xml version="1.0"?><workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}">${properties}<sheets>${listed.join("")}</sheets></workbook>`;
}

function relations(targets: readonly (readonly [kind: string, target: string])[]): string {
  const listed = targets.map(
    ([kind, target], i) =>
      `<Relationship Id="rId${i + 1}" Type="${RELATIONS}/${kind}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="${PACKAGE}/relationships">${listed.join("")}</Relationships>`;
}

function styles(formats: readonly string[]): string {
  const codes = formats.map(
    (code, i) => `<numFmt numFmtId="${164 + i}" formatCode="${escaped(code)}"/>`,
  );
  const cells = formats.map((_, i) => `<xf numFmtId="${164 + i}"/>`);
  return `<styleSheet xmlns="${MAIN}"><numFmts>${codes.join("")}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${cells.join("")}</cellXfs></styleSheet>`;
}

function worksheet(rows: readonly (readonly XlsxCell[])[], shared: string[]): string {
  const written = rows.map((cells, row) => {
    if (cells.length === 0) return "";
    const list = cells.map((cell, column) => cellOf(cell, `${letters(column)}${row + 1}`, shared));
    return `<row r="${row + 1}">${list.join("")}</row>`;
  });
  return `<?xml version="1.0"?><worksheet xmlns="${MAIN}"><sheetData>${written.join("")}</sheetData></worksheet>`;
}

function cellOf(cell: XlsxCell, name: string, shared: string[]): string {
  if (cell === null) return "";
  if (typeof cell === "number") return `<c r="${name}"><v>${cell}</v></c>`;
  if (typeof cell === "boolean") return `<c r="${name}" t="b"><v>${cell ? 1 : 0}</v></c>`;
  if (typeof cell === "string") {
    const index = shared.push(`<si><t xml:space="preserve">${escaped(cell)}</t></si>`) - 1;
    return `<c r="${name}" t="s"><v>${index}</v></c>`;
  }
  const type = cell.t === undefined ? "" : ` t="${cell.t}"`;
  return `<c r="${name}" s="${cell.s ?? 0}"${type}>${cell.xml}</c>`;
}

function letters(column: number): string {
  const rest = Math.floor(column / 26);
  return `${rest > 0 ? letters(rest - 1) : ""}${String.fromCharCode(65 + (column % 26))}`;
}

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
