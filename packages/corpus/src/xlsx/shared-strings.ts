import type { ZipArchive } from "../bytes/zip-archive.js";
import { CorpusError } from "../errors.js";
import type { CorpusLimits } from "../options/limits.js";
import { RichText } from "./rich-text.js";
import { readPart, type Workbook } from "./workbook.js";

/** What an empty text takes as well. */
const TEXT_OVERHEAD = 16;

/** The texts that cells refer to by number. */
export async function readSharedStrings(
  zip: ZipArchive,
  { strings }: Workbook,
  limits: CorpusLimits,
): Promise<readonly string[]> {
  const texts: string[] = [];
  if (strings === undefined || !zip.find(strings)) return texts;
  const item = new RichText("si");
  let characters = 0;
  await readPart(zip, strings, limits, {
    open: (name) => item.open(name),
    text: (text) => item.add(text),
    close(name) {
      const text = item.close(name);
      if (text === null) return;
      characters += text.length + TEXT_OVERHEAD;
      if (characters > limits.maxBufferedBytes) throw tooLarge(limits.maxBufferedBytes);
      texts.push(text);
    },
  });
  return texts;
}

const tooLarge = (limit: number) =>
  new CorpusError(
    "too-large-buffered",
    `The texts of a workbook are held in memory, and this one has more than ${limit} characters of them. Save the sheet as csv (UTF-8).`,
    { limit },
  );
