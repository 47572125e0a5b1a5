import type { DatasetFormat } from "@winnow/contracts";

/** A format as options of the command line, to copy into a shell. */
export function formatFlags({ type, ...format }: DatasetFormat): string {
  const flags = [`--format ${type}`];
  const add = (flag: string, value: string | number | readonly string[] | undefined) => {
    if (value !== undefined) flags.push(`${flag} ${[value].flat().map(shellWord).join(" ")}`);
  };
  add("--records", format.records);
  add("--sheet", format.sheet);
  add("--delimiter", format.delimiter);
  add("--quote", format.quote);
  add("--escape", format.escape);
  if (format.header === false) flags.push("--no-header");
  add("--encoding", format.encoding);
  add("--text-column", format.textColumn);
  add("--label-column", format.labelColumn);
  add("--id-column", format.idColumn);
  add("--true-label-column", format.trueLabelColumn);
  add("--annotator-columns", format.annotatorColumns?.join(","));
  add("--annotator-column", format.annotatorColumn);
  add("--label-names", format.labelNames && JSON.stringify(format.labelNames));
  add("--label-separator", format.labelSeparator);
  if (format.labelLists) flags.push("--label-lists");
  add("--text", format.text);
  add("--require", format.required);
  return flags.join(" ");
}

/** Letters of any script need no quotes; a control character is written as the shell reads it. */
export function shellWord(value: string | number): string {
  const text = String(value);
  if (/^[\p{L}\p{N}_./:@%+=-]+$/u.test(text) && !text.startsWith("-")) return text;
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  const shown = escaped.replaceAll(
    /\p{Cc}/gu,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  if (shown !== escaped) return `$'${shown}'`;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
