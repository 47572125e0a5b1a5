import { expect, it } from "vitest";
import { escapeControls } from "./controls.js";

it("whatever steers a terminal is written out; texts of any script stay as they are", () => {
  for (let code = 0; code < 0xa0; code++) {
    const character = String.fromCharCode(code);
    const isControl = (code < 0x20 || code > 0x7e) && character !== "\n" && character !== "\t";
    const escaped = `\\u${code.toString(16).padStart(4, "0")}`;
    expect(escapeControls(`a${character}b`)).toBe(isControl ? `a${escaped}b` : `a${character}b`);
  }
  expect(escapeControls("a\u202eb\u2066c\u2028d\u200f")).toBe("a\\u202eb\\u2066c\\u2028d\\u200f");
  for (const text of [
    "汉字 \u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
    "سلام",
    "नमस्ते",
    "é\u0301",
    "\u00a0",
  ]) {
    expect(escapeControls(text)).toBe(text);
  }
});

it("in JSON it is the same value", () => {
  const value = { "a\u009b31m": ["\u001b]0;x\u0007", "\u202e", "\u007f", "\\u001b", "line\nnext"] };
  const text = escapeControls(JSON.stringify(value, null, 2));
  expect(JSON.parse(text)).toEqual(value);
  expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
});
