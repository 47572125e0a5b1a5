/** A table with one line per entry; columns in which every cell is empty are left out. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const kept = header.map((_, column) => rows.some((row) => row[column] !== ""));
  const line = (cells: readonly string[]) =>
    `| ${cells
      .filter((_, column) => kept[column])
      .map(cell)
      .join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)];
}

/** A cell stays on one line, and its bars are no borders. */
const cell = (text: string): string => text.replaceAll("\n", " ").replaceAll("|", "\\|");

export const code = (text: string): string => (text === "" ? "" : `\`${text}\``);

/** The anchor that GitHub gives a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");

/** A text as a sentence: a capital first, unless it begins with a value (`true: ...`) or npy; a full stop last. */
export const sentence = (text: string): string => {
  if (text === "") return "";
  const first = /^(npy\b|[\w-]+:)/.test(text) ? text : text[0]!.toUpperCase() + text.slice(1);
  return /[.:!?]$/.test(first) ? first : `${first}.`;
};
