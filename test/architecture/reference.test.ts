import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROUTES, type Route } from "@winnow/contracts";
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

describe("docs/reference/api.md", () => {
  const sections = (pages.get("docs/reference/api.md") ?? "").split(/^### /m);
  const typed = Object.values<Route>(ROUTES).flatMap(({ method, path, bytes, produces }) => {
    const types = [...(bytes?.contentTypes ?? []), ...(produces ?? [])];
    const title = `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`;
    return types.length === 0 ? [] : [{ title, types }];
  });

  it.each(typed)("has every content type of $title", ({ title, types }) => {
    const section = sections.find((text) => text.startsWith(`${title}\n`));
    for (const type of types) expect(section).toContain(`\`${type}\``);
  });
});
