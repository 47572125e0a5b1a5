/**
 * What steers a terminal instead of being shown: the control characters of ASCII and Latin-1 (escape
 * sequences begin with one), but not the line feed and the tab; the marks that turn the direction of
 * what stands around them; line and paragraph separators.
 */
const CONTROLS = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]/gu;

/**
 * `text` with every such character written out as `\u001b`. In JSON text that is the same value, since
 * such characters stand in its strings only.
 */
export const escapeControls = (text: string): string =>
  text.replace(
    CONTROLS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
