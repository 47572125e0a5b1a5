import { CorpusError } from "../errors.js";
import { unsupported } from "./signatures.js";
import type { ZipArchive, ZipMember } from "./zip-archive.js";

/** Files that are zip archives inside, by a member that each of them has. */
const ZIP_BASED: readonly { member: RegExp; name: string; advice: string }[] = [
  {
    member: /^xl\/workbook\.bin$/,
    name: "a binary workbook (.xlsb)",
    advice: "Save it as xlsx or csv (UTF-8).",
  },
  {
    member: /^word\/document\.xml$/,
    name: "a Word document",
    advice: "Save the table in it as xlsx or csv.",
  },
  {
    member: /^ppt\/presentation\.xml$/,
    name: "a PowerPoint file",
    advice: "Save the table in it as xlsx or csv.",
  },
  {
    member: /^Index\/(Document|Tables\/.*)\.iwa$/,
    name: "a file of Apple Numbers, Pages or Keynote",
    advice: "Export it as xlsx or csv.",
  },
  {
    member: /(^|\/)data\.pkl$/,
    name: "a PyTorch checkpoint",
    advice: "A dataset needs texts with labels, for example as csv.",
  },
  {
    member: /\.npy$/,
    name: "a NumPy archive (.npz)",
    advice:
      "It has no texts: a dataset needs texts with labels, and probabilities have an import of their own.",
  },
  {
    member: /^META-INF\/container\.xml$/,
    name: "an e-book (.epub)",
    advice: "A dataset needs texts with labels, for example as csv.",
  },
  {
    member: /^META-INF\/manifest\.xml$/,
    name: "an OpenDocument file (.ods)",
    advice: "Save the table in it as xlsx or csv.",
  },
];

const SHOWN_MEMBERS = 10;

/** Whether an archive is an xlsx workbook. */
export const isWorkbook = (zip: ZipArchive): boolean => zip.find("xl/workbook.xml") !== undefined;

/**
 * The one file in an archive. Throws CorpusError "unsupported-file" for a document that is an
 * archive inside, and "bad-zip" for an archive with no file or several.
 */
export function onlyMember({ members }: ZipArchive): ZipMember {
  const kind = ZIP_BASED.find(({ member }) => members.some(({ name }) => member.test(name)));
  if (kind) throw unsupported(kind.name, kind.advice);
  const [first, ...others] = members;
  if (!first)
    throw new CorpusError("bad-zip", "The zip holds no file. Zip the file with the data.");
  if (others.length > 0) {
    const names = members
      .slice(0, SHOWN_MEMBERS)
      .map(({ name }) => JSON.stringify(name.slice(0, 200)));
    const more =
      members.length > SHOWN_MEMBERS ? ` and ${members.length - SHOWN_MEMBERS} more` : "";
    throw new CorpusError(
      "bad-zip",
      `The zip holds ${members.length} files: ${names.join(", ")}${more}. Upload the one with the data, as it is or zipped alone.`,
    );
  }
  return first;
}
