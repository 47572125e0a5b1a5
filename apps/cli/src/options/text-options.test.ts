import { DatasetFormat } from "@winnow/contracts";
import { expect, it } from "vitest";
import { encodingNamed } from "./text-options.js";

it("an encoding is known by its own name and by those of other programs, in any spelling", () => {
  for (const name of DatasetFormat.shape.encoding.unwrap().options) {
    expect(encodingNamed(name)).toBe(name);
    expect(encodingNamed(name.toUpperCase().replaceAll("-", "_"))).toBe(name);
  }
  expect(
    ["UTF8", "utf-8-sig", "cp1252", "latin-1", "ISO-8859-1", "Shift-JIS", "cp949", "GBK"].map(
      encodingNamed,
    ),
  ).toEqual([
    ...["utf-8", "utf-8", "windows-1252", "windows-1252", "windows-1252", "shift_jis"],
    ...["euc-kr", "gb18030"],
  ]);
  expect(() => encodingNamed("ebcdic")).toThrow("Allowed choices are utf-8, utf-16");
});
