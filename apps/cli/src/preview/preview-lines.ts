import type { DatasetFormat, UploadPreview } from "@winnow/contracts";
import { formatFlags, shellWord } from "../options/format-flags.js";
import { hang } from "../terminal/hang.js";
import type { Paint } from "../terminal/paint.js";
import { table } from "../terminal/table.js";
import { count, fit } from "../terminal/text.js";
import { warningLines } from "../terminal/warnings.js";

/** How many classes and other readings are listed. */
const LISTED = 8;

/** A preview as lines of at most `width` columns, with the command that ingests the file. */
export function previewLines(
  file: string,
  preview: UploadPreview,
  width: number,
  paint: Paint,
): string[] {
  const { format, problem, alternatives, warnings } = preview;
  return [
    ...factLines(preview, width),
    ...section("Columns", columnLines(preview, width), paint),
    ...section("First rows", sampleLines(preview, width), paint),
    ...section("Rejected rows", rejectLines(preview, width), paint),
    ...section(
      "It could also be",
      alternatives.slice(0, LISTED).flatMap((other) => otherLines(other, width)),
      paint,
    ),
    ...(warnings.length > 0 ? [""] : []),
    ...warnings.flatMap((warning) => warningLines(warning, width, paint)),
    ...(problem
      ? ["", ...hang(`${paint.red("problem")}  `, `${problem.code}: ${problem.message}`, width)]
      : []),
    ...(format ? ["", ...commandLines(file, format, problem !== null, width, paint)] : []),
  ];
}

/** The options of the command line that say the format, and why they may be the ones. */
export const otherLines = (
  { format, reason }: UploadPreview["alternatives"][number],
  width: number,
): string[] => [...hang("  ", reason, width), ...hang("    ", formatFlags(format), width)];

function factLines(preview: UploadPreview, width: number): string[] {
  const { format, guessed, confidence, encoding, compression, rowsLooked, classes } = preview;
  const shown = classes.slice(0, LISTED).map(({ name, count: rows }) => `${name} ${count(rows)}`);
  const more = classes.length > LISTED ? [`and ${count(classes.length - LISTED)} more`] : [];
  const facts: [string, string][] = [
    ["encoding", encoding],
    ["compression", compression],
    ["format", formatText(format, guessed, confidence)],
    ["rows read", count(rowsLooked)],
    ["classes", classes.length === 0 ? "none" : [...shown, ...more].join("  ")],
  ];
  return facts.flatMap(([name, value]) => hang(`${name.padEnd(13)}`, value, width));
}

function formatText(format: DatasetFormat | null, guessed: boolean, confidence: number): string {
  if (format === null) return "none fits";
  const { type, delimiter, quote, escape: escapes, header, records } = format;
  const parts = [
    delimiter === undefined ? type : `${type} by ${JSON.stringify(delimiter)}`,
    ...(header === false ? ["no header"] : []),
    ...(quote === "none" ? ["quotes are characters"] : []),
    ...(escapes === "backslash" ? ["backslashes escape"] : []),
    ...(records === undefined ? [] : [`rows at ${records}`]),
  ].join(", ");
  return guessed ? `${parts}  guessed, confidence ${confidence.toFixed(2)}` : parts;
}

function columnLines({ columns, format }: UploadPreview, width: number): string[] {
  if (columns === null || format === null) return [];
  const { textColumn, labelColumn, idColumn, trueLabelColumn } = format;
  const roles = [
    ["text", textColumn ?? "text"],
    ["label", labelColumn ?? "label"],
    ["id", idColumn],
    ["true label", trueLabelColumn],
  ] as const;
  const rows = columns.map((name, i) => {
    const found = roles.filter(([, column]) => column === name || column === i);
    return [`  ${i}`, fit(name, 40), found.map(([role]) => role).join(", ")];
  });
  return table(rows, { right: new Set([0]), width });
}

function sampleLines({ samples }: UploadPreview, width: number): string[] {
  const label = (text: string) => fit(text, 24);
  const rows = samples.map(({ line, label: name, text }) => [`  ${line}`, label(name), text]);
  const used = Math.max(
    0,
    ...rows.map(([line = "", name = ""]) => line.length + [...name].length * 2),
  );
  return table(
    rows.map(([line = "", name = "", text = ""]) => [
      line,
      name,
      fit(text, Math.max(16, width - used - 4)),
    ]),
    { right: new Set([0]), width },
  );
}

function rejectLines({ rejects }: UploadPreview, width: number): string[] {
  return rejects.map(({ line, reason, detail }) =>
    fit(`  line ${line}: ${reason}: ${detail}`, width),
  );
}

function commandLines(
  file: string,
  format: DatasetFormat,
  isDoubtful: boolean,
  width: number,
  paint: Paint,
): string[] {
  const title = isDoubtful ? "To ingest it all the same" : "To ingest it";
  // One line, however long: it is copied.
  return [paint.bold(title), `winnow ingest ${shellWord(file)} ${formatFlags(format)} --watch`].map(
    (line, i) => (i === 0 ? fit(line, width) : line),
  );
}

const section = (title: string, lines: readonly string[], paint: Paint): string[] =>
  lines.length === 0 ? [] : ["", paint.bold(title), ...lines];
