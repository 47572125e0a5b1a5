import { randomInt } from "node:crypto";
import { escapeControls } from "@winnow/contracts";
import pc from "picocolors";

/** A paint that leaves text as it is, for files. */
export const PLAIN = pc.createColors(false);

export type Paint = typeof PLAIN;

/** Parameters that no terminal knows, and nobody else either: they tell our colours from other people's. */
const MARK = Array.from({ length: 4 }, () => randomInt(1_000, 10_000)).join(";");
const MARKED = new RegExp(`\u001b\\[${MARK};(\\d+)m`);

/**
 * The colours of this terminal, none where it has none. Their codes are marked, so that `shown` can let
 * them through and nothing else.
 */
export const COLORS: Paint = {
  ...PLAIN,
  isColorSupported: pc.isColorSupported,
  ...Object.fromEntries(
    Object.entries(pc).flatMap(([name, paint]) =>
      typeof paint === "function" && name !== "createColors" ? [[name, marked(paint)]] : [],
    ),
  ),
};

function marked(paint: (text: string) => string): Paint["red"] {
  // Around a text of other people nothing but the two codes is ours.
  const [open = "", close = ""] = paint("|")
    .split("|")
    .map((code) => code.replaceAll("\u001b[", `\u001b[${MARK};`));
  // A colour within this one ends it too, so it begins again.
  return (text) =>
    open === "" ? String(text) : open + String(text).replaceAll(close, close + open) + close;
}

/**
 * What a terminal, or whoever reads the output, gets of a text: our colours, lines and tabs, and
 * whatever else would steer it written out. Names and texts of data sets are other people's.
 */
export const shown = (text: string): string =>
  text
    .split(MARKED)
    .map((part, n) => (n % 2 === 1 ? `\u001b[${part}m` : escapeControls(part)))
    .join("");
