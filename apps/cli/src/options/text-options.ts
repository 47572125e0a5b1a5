import { DatasetFormat } from "@winnow/contracts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { column, given } from "./values.js";

/** How a file of a given format holds its rows. */
export interface TextOptions {
  readonly records?: string;
  readonly sheet?: string | number;
  readonly delimiter?: string;
  readonly quote?: DatasetFormat["quote"];
  readonly escape?: DatasetFormat["escape"];
  readonly header: boolean;
  readonly encoding?: DatasetFormat["encoding"];
}

/** Adds the options of every command that reads a file of a given format. */
export function addTextOptions(command: Command): Command {
  const { quote, escape: escapes, encoding } = DatasetFormat.shape;
  return command
    .option(
      "--records <path>",
      "json: the dotted path to the rows, of a document with several lists",
    )
    .option("--sheet <sheet>", "xlsx: a sheet by its name, or by its place from 0", column)
    .option("--delimiter <text>", "what separates the fields (format delimited)")
    .addOption(
      new Option("--quote <what>", "none: a quote is a character like any other").choices(
        quote.unwrap().options,
      ),
    )
    .addOption(
      new Option("--escape <how>", "how a field holds a quote: doubled, or by a backslash").choices(
        escapes.unwrap().options,
      ),
    )
    .option("--no-header", "the first line is data, not column names")
    .addOption(
      new Option("--encoding <name>", "the file's encoding (default: by its mark, else utf-8)")
        .choices(encoding.unwrap().options)
        .argParser(encodingNamed),
    );
}

/** What other programs call an encoding, without its hyphens and in lower case. */
const OTHER_NAMES: Readonly<Record<string, DatasetFormat["encoding"]>> = {
  ascii: "utf-8",
  usascii: "utf-8",
  utf8sig: "utf-8",
  gbk: "gb18030",
  gb2312: "gb18030",
  cp936: "gb18030",
  big5hkscs: "big5",
  cp950: "big5",
  sjis: "shift_jis",
  cp932: "shift_jis",
  mskanji: "shift_jis",
  windows31j: "shift_jis",
  ujis: "euc-jp",
  cp949: "euc-kr",
  uhc: "euc-kr",
  ksc56011987: "euc-kr",
  latin1: "windows-1252",
  iso88591: "windows-1252",
  latin2: "iso-8859-2",
  latin9: "iso-8859-15",
  iso88599: "windows-1254",
  latin5: "windows-1254",
  tis620: "windows-874",
  macroman: "macintosh",
  cp850: "ibm850",
  cp866: "ibm866",
};

/** The encoding of a name in any spelling: UTF8, cp1252, Shift-JIS. */
export function encodingNamed(text: string): DatasetFormat["encoding"] {
  const { options } = DatasetFormat.shape.encoding.unwrap();
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const name = plain(text)
    .replace(/^cp125/, "windows125")
    .replace(/^cp874$/, "windows874");
  const found = options.find((option) => plain(option) === name) ?? OTHER_NAMES[name];
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`Allowed choices are ${options.join(", ")}.`);
}

/** The part of a format that these options give. */
export const textFormat = ({ escape: escapes, header, ...options }: TextOptions) => {
  const { records, sheet, delimiter, quote, encoding } = options;
  const noHeader = header ? undefined : false;
  return given({ records, sheet, delimiter, quote, escape: escapes, header: noHeader, encoding });
};
