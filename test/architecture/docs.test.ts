import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { globSync } from "tinyglobby";
import { expect, it } from "vitest";
import { root } from "./source-files.js";

const pages = globSync(["*.md", "docs/**/*.md", "bench/*.md", "test/**/*.md"], { cwd: root });

it.each(pages)("%s names only files that are there", (page) => {
  const text = readFileSync(join(root, page), "utf8");
  const named = [
    ...text.matchAll(/`((?:apps|packages|prisma|infra|test|bench|docs)\/[\w./-]+\.\w+)`/g),
  ];
  const missing = named
    .map(([, path]) => path as string)
    .filter((path) => !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});

it.each(pages)("%s links to pages that are there", (page) => {
  const text = readFileSync(join(root, page), "utf8");
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(
    ([, path]) => path as string,
  );
  expect(links.filter((path) => !existsSync(join(root, dirname(page), path)))).toEqual([]);
});
