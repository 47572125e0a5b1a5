import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./source-files.js";

const page = readFileSync(join(root, "docs/explanation/security.md"), "utf8").replaceAll("\n", " ");

/** `(`file`: "title", "title"; `file`: "title")` */
const references = [...page.matchAll(/`(test\/[\w./-]+\.test\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)].map(
  ([, file = "", titles = ""]) => ({
    file,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title),
  }),
);

it("every promise on the page of security names tests that are there", () => {
  expect(references.length).toBeGreaterThan(25);
  for (const { file, titles } of references) {
    expect(existsSync(join(root, file)), file).toBe(true);
    const source = readFileSync(join(root, file), "utf8");
    for (const title of titles) {
      expect(
        [`"${title}"`, `\`${title}\``].some((text) => source.includes(text)),
        title,
      ).toBe(true);
    }
  }
});

it("every promise but those of what is not promised has one", () => {
  const [, promises = ""] = /## To the operator(.*)## What is not promised/.exec(page) ?? [];
  const lines = promises.split(/ - (?=[A-Z*`])/).slice(1);
  const bare = lines.filter((line) => !/\(`test\//.test(line));
  // What is said about keys that is no promise.
  expect(bare.map((line) => line.slice(0, 24))).toEqual([
    "**Keys are not tenants.*",
    "Such a key is a fence, n",
  ]);
});
