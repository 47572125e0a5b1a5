import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { globSync } from "tinyglobby";
import { describe, expect, it } from "vitest";
import { anchorOf } from "../../infra/reference/markdown.js";
import { root } from "./source-files.js";

const pages = globSync(
  ["*.md", "{docs,bench,test,examples,infra,apps,packages,.github}/**/*.md", "!**/node_modules/**"],
  { cwd: root, dot: true },
);
const read = (page: string) => readFileSync(join(root, page), "utf8");
const withoutCode = (text: string) => text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, "");

/** The anchors of a page's headings; GitHub numbers those that come again. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutCode(read(page)).matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = anchorOf(heading.replaceAll(/[`*]|\]\([^)]*\)/g, ""));
    let unique = anchor;
    for (let n = 1; anchors.has(unique); n++) unique = `${anchor}-${n}`;
    anchors.add(unique);
  }
  return anchors;
}

describe.each(pages)("%s", (page) => {
  const text = read(page);
  const links = [...withoutCode(text).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(
    ([, link]) => link!,
  );

  it("names only files that are there", () => {
    const paths = text.matchAll(
      /`((?:apps|packages|prisma|infra|test|bench|docs|examples|\.ci|\.github)\/[\w./@-]+\.\w+)`/g,
    );
    const missing = [...paths]
      .map(([, path]) => path!)
      .filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });

  it("links only to pages and headings that are there", () => {
    const broken = links.filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : relative(root, resolve(root, dirname(page), path));
      if (!existsSync(join(root, target))) return true;
      if (anchor === undefined) return false;
      return statSync(join(root, target)).isDirectory() || !anchorsOf(target).has(anchor);
    });
    expect(broken).toEqual([]);
  });
});

it("every page of docs is reachable from its index", () => {
  const reached = new Set<string>();
  const visit = (page: string): void => {
    if (reached.has(page)) return;
    reached.add(page);
    for (const [, link = ""] of read(page).matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)) {
      const target = relative(root, resolve(root, dirname(page), link));
      if (pages.includes(target)) visit(target);
      else for (const inside of pages) if (dirname(inside) === target) visit(inside);
    }
  };
  visit("docs/README.md");
  expect(pages.filter((page) => page.startsWith("docs/") && !reached.has(page))).toEqual([]);
});

it("every ADR has a number of its own, without a gap, and its title has it too", () => {
  const adrs = globSync("docs/explanation/adr/*.md", { cwd: root }).sort();
  expect(adrs.length).toBeGreaterThan(0);
  const numbers = adrs.map((path) => Number(/^(\d{4})-/.exec(basename(path))?.[1]));
  expect(numbers).toEqual(adrs.map((_, i) => i + 1));
  expect(adrs.map((path) => Number(/^# (\d+)\. /.exec(read(path))?.[1]))).toEqual(numbers);
});
