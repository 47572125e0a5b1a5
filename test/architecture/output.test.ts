import { readFileSync } from "node:fs";
import { join } from "node:path";
import { globSync } from "tinyglobby";
import { expect, it } from "vitest";
import { root } from "./source-files.js";

/** What may write past `terminal/output.ts`, and why that is no text of other people. */
const EXCEPTIONS = {
  "terminal/output.ts": "is the place",
  "terminal/print-json.ts": "writes out controls as JSON does",
  "terminal/interrupt.ts": "shows the cursor again",
  "terminal/screen.ts": "draws pages, whose lines pass `shown` like all others",
  "files/save-stream.ts": "the bytes of a download, to a pipe",
} as const;

it("everything that the command prints passes the place that keeps controls from terminals", () => {
  const files = globSync("**/*.ts", { cwd: join(root, "apps/cli/src"), ignore: "**/*.test.ts" });
  expect(files.length).toBeGreaterThan(80);
  const writing = files.filter((file) =>
    /\bconsole\.|\b(process\.std(out|err)|stream|output)\.write\(|pipeline\([^;]*process\.stdout|from "picocolors"/.test(
      readFileSync(join(root, "apps/cli/src", file), "utf8"),
    ),
  );
  expect(writing.filter((file) => file !== "terminal/paint.ts").sort()).toEqual(
    Object.keys(EXCEPTIONS).sort(),
  );
});
