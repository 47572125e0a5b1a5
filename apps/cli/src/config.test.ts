import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { userFolder } from "./config.js";

const dir = realpathSync(mkdtempSync(join(tmpdir(), "winnow-folders-")));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const clone = join(dir, "clone");
const user = join(dir, "user");
for (const folder of [clone, user]) mkdirSync(folder);
symlinkSync(clone, join(dir, "link"));

describe("the folder that paths are meant from", () => {
  it.each([
    ["the current one", {}, user, user],
    [
      "the user's, where npm runs our script",
      { INIT_CWD: user, npm_package_json: join(clone, "package.json") },
      clone,
      user,
    ],
    [
      "the user's, where npm was led to the clone by a link",
      { INIT_CWD: user, npm_package_json: join(dir, "link", "package.json") },
      clone,
      user,
    ],
    [
      "the current one, where a script of ours has changed it",
      { INIT_CWD: user, npm_package_json: join(clone, "package.json") },
      join(clone, "docs"),
      join(clone, "docs"),
    ],
    [
      "the current one, in another package's script",
      { INIT_CWD: join(user, "notes"), npm_package_json: join(user, "package.json") },
      user,
      user,
    ],
    [
      "the current one, in another package's script that changes to the clone",
      { INIT_CWD: user, npm_package_json: join(user, "package.json") },
      clone,
      clone,
    ],
    [
      "the current one under npx",
      { INIT_CWD: user, npm_package_json: join(user, "x") },
      user,
      user,
    ],
    [
      "the current one, where the package is gone",
      { INIT_CWD: user, npm_package_json: join(dir, "gone", "package.json") },
      clone,
      clone,
    ],
  ])("is %s", (_, environment, current, wanted) => {
    expect(userFolder(clone, environment, current)).toBe(wanted);
  });
});
