import type { LineRow, LineSyntax } from "./write-lines.js";

const PREFIX = "__label__";
const PREFIXED = /(?<![^ \t\v\f])__label__/g;

/** `__label__a __label__b text`. Such a file has no ids. */
export const FASTTEXT_LINES: LineSyntax = {
  whyNot(row) {
    if (row.text !== row.text.trim()) return "its text begins or ends with a blank";
    if (/[\r\n\0]/.test(row.text)) return "its text contains a line break";
    if (row.text.match(PREFIXED)) return `a word of its text begins with "${PREFIX}"`;
    const label = labelsOf(row).find((one) => one === "" || /[\s\0]/.test(one));
    return label === undefined ? null : "its label is empty or contains a blank";
  },
  lineOf: (row) => [...labelsOf(row).map((label) => `${PREFIX}${label}`), row.text].join(" "),
  cleaned(row) {
    const text = row.text.replace(/[\r\n\0\uFEFF]+/g, " ").trim();
    return {
      id: null,
      text: text.replace(PREFIXED, "__label_ _"),
      label: row.label,
      labels: labelsOf(row).map((label) => label.replace(/[\s\0]+/g, "_") || "_"),
    };
  },
};

function labelsOf({ label, labels }: LineRow): readonly string[] {
  return labels && labels.length > 0 ? labels : [label];
}
