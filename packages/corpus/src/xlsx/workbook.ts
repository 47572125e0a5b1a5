import type { ZipArchive } from "../bytes/zip-archive.js";
import { CorpusError } from "../errors.js";
import type { CorpusLimits } from "../options/limits.js";
import { badXlsx } from "./faults.js";
import { readXml, type XmlVisitor } from "./xml-events.js";

/** A worksheet, as the workbook lists it. */
export interface Sheet {
  name: string;
  isHidden: boolean;
  /** Its part in the archive. */
  part: string;
}

/** What a workbook consists of. */
export interface Workbook {
  sheets: readonly Sheet[];
  /** The parts of shared strings and styles; undefined if it has none. */
  strings: string | undefined;
  styles: string | undefined;
  /** Whether days are counted from 1904. */
  is1904: boolean;
}

/** A relation of a part to another. */
interface Relation {
  id: string;
  /** The last word of its type: worksheet, sharedStrings, styles. */
  kind: string;
  target: string;
}

const ROOT = "xl/workbook.xml";

/** Reads the list of sheets. */
export async function openWorkbook(zip: ZipArchive, limits: CorpusLimits): Promise<Workbook> {
  const listed: { name: string; isHidden: boolean; id: string }[] = [];
  let is1904 = false;
  await readPart(zip, ROOT, limits, {
    open(name, attributes) {
      if (name === "workbookPr") is1904 = isTrue(attributes.date1904);
      if (name !== "sheet") return;
      const hidden = attributes.state === "hidden" || attributes.state === "veryHidden";
      listed.push({
        name: attributes.name ?? "",
        isHidden: hidden,
        id: attributes["r:id"] ?? idOf(attributes),
      });
    },
  });
  const relations = await relationsOf(zip, limits);
  const partOf = (kind: string) => relations.find((relation) => relation.kind === kind)?.target;
  return {
    // A chart on a page of its own is no worksheet.
    sheets: listed.flatMap(({ id, ...sheet }) => {
      const relation = relations.find((one) => one.id === id && one.kind === "worksheet");
      return relation ? [{ ...sheet, part: relation.target }] : [];
    }),
    strings: partOf("sharedStrings"),
    styles: partOf("styles"),
    is1904,
  };
}

/**
 * The sheet with this name or, counted from 0, at this place; by default the first that is not
 * hidden. Throws CorpusError "bad-format" if there is none, with the names.
 */
export function findSheet({ sheets }: Workbook, wanted: string | number | undefined): Sheet {
  const found =
    wanted === undefined
      ? (sheets.find(({ isHidden }) => !isHidden) ?? sheets[0])
      : (sheets.find(({ name }) => name === String(wanted)) ??
        (/^\d+$/.test(String(wanted)) ? sheets[Number(wanted)] : undefined));
  if (found) return found;
  if (sheets.length === 0) throw badXlsx("it has no worksheet");
  throw new CorpusError(
    "bad-format",
    `There is no sheet ${JSON.stringify(wanted)}. The workbook has the sheets ${namesOf(sheets)}.`,
  );
}

export function namesOf(sheets: readonly Sheet[]): string {
  const names = sheets.slice(0, 20).map(({ name, isHidden }) => {
    return `${JSON.stringify(name.slice(0, 100))}${isHidden ? " (hidden)" : ""}`;
  });
  return `${names.join(", ")}${sheets.length > 20 ? ", ..." : ""}`;
}

/** Reads a small part as a whole. Throws CorpusError "bad-xlsx" if it is missing. */
export async function readPart(
  zip: ZipArchive,
  part: string,
  limits: CorpusLimits,
  visitor: XmlVisitor,
): Promise<void> {
  const member = zip.find(part);
  if (!member) throw badXlsx(`it has no ${part}`);
  for await (const _ of readXml(part, zip.read(member, limits), visitor));
}

async function relationsOf(zip: ZipArchive, limits: CorpusLimits): Promise<Relation[]> {
  const relations: Relation[] = [];
  await readPart(zip, "xl/_rels/workbook.xml.rels", limits, {
    open(name, { Id = "", Type = "", Target = "" }) {
      if (name !== "Relationship") return;
      const target = Target.startsWith("/") ? Target.slice(1) : `xl/${Target.replace(/^\.\//, "")}`;
      relations.push({ id: Id, kind: Type.slice(Type.lastIndexOf("/") + 1), target });
    },
  });
  return relations;
}

/** The id under another prefix than the usual one. */
function idOf(attributes: Readonly<Record<string, string>>): string {
  const key = Object.keys(attributes).find((name) => name.endsWith(":id"));
  return key === undefined ? "" : (attributes[key] ?? "");
}

const isTrue = (value: string | undefined) => value === "1" || value === "true";
