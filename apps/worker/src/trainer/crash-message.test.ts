import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { z } from "zod";
import { crashMessage } from "./crash-message.js";

/** What a real process writes that ends like this. */
function stderrOf(script: string, ...flags: string[]): string {
  return spawnSync(process.execPath, [...flags, "-e", script], { encoding: "utf8" }).stderr;
}

it("an uncaught error is named without its stack", () => {
  expect(crashMessage(stderrOf("throw new TypeError('no such tensor.')"))).toBe(
    "TypeError: no such tensor",
  );
});

it("a message of several lines becomes one that says what is wrong", () => {
  const message = z.strictObject({ fold: z.int() }).safeParse({ fold: "x" }).error?.message;
  const script = `const error = new Error(${JSON.stringify(message)}); error.name = "ZodError"; throw error`;
  const said = crashMessage(stderrOf(script));
  expect(said).toMatch(/^(Zod)?Error: \[ \{ .*expected number/);
  expect(said).not.toContain("\n");
});

it("a full heap is named as V8 names it", () => {
  const script = "const kept = []; for (;;) kept.push(new Array(1e5).fill({}));";
  expect(crashMessage(stderrOf(script, "--max-old-space-size=32"))).toMatch(
    /^FATAL ERROR: .*heap out of memory$/,
  );
});

it("the last line counts where nothing names an error; warnings do not", () => {
  expect(crashMessage("loading\nterminate called after throwing 'std::bad_alloc'\n")).toBe(
    "terminate called after throwing 'std::bad_alloc'",
  );
  expect(crashMessage(stderrOf("process.emitWarning('old')"))).toBe("");
  expect(crashMessage("")).toBe("");
});
