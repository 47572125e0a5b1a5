import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { referencePages } from "../../infra/reference/pages.js";
import { root } from "./source-files.js";

const pages = await referencePages();

describe("what is generated", () => {
  it.each([...pages.keys()])(
    "%s says what the code says; else run npm run docs:reference",
    (path) => {
      expect(readFileSync(join(root, path), "utf8")).toBe(pages.get(path));
    },
  );

  it("is all that docs/reference holds", () => {
    const there = readdirSync(join(root, "docs/reference")).map((name) => `docs/reference/${name}`);
    const generated = [...pages.keys()].filter((path) => path.startsWith("docs/"));
    expect(there.sort()).toEqual(generated.sort());
  });
});
