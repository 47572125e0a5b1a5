import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { referencePages } from "../../infra/docs/reference/pages.js";
import { root } from "./source-files.js";

const pages = await referencePages();

describe("docs/reference", () => {
  it.each([...pages.keys()])(
    "%s says what the code says; else run npm run docs:reference",
    (path) => {
      expect(readFileSync(join(root, path), "utf8")).toBe(pages.get(path));
    },
  );

  it("holds no page that is not generated", () => {
    const there = readdirSync(join(root, "docs/reference")).map((name) => `docs/reference/${name}`);
    expect(there.sort()).toEqual([...pages.keys()].sort());
  });
});
