import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { z } from "zod";
import { crashMessage } from "./crash-message.js";

/** The stderr of a real process. */
function stderrOf(script: string, ...flags: string[]): string {
  return spawnSync(process.execPath, [...flags, "-e", script], { encoding: "utf8" }).stderr;
}

it("an uncaught error is named without its stack", () => {
  expect(crashMessage(stderrOf("throw new TypeError('no such tensor.')"))).toBe(
    "TypeError: no such tensor",
  );
});

it("a message of several lines becomes one line", () => {
  const message = z.strictObject({ fold: z.int() }).safeParse({ fold: "x" }).error?.message;
  const script = `const error = new Error(${JSON.stringify(message)}); error.name = "ZodError"; throw error`;
  const line = crashMessage(stderrOf(script));
  expect(line).toMatch(/^(Zod)?Error: \[ \{ .*expected number/);
  expect(line).not.toContain("\n");
});

it("a full heap is reported in V8's words", () => {
  const script = "const kept = []; for (;;) kept.push(new Array(1e5).fill({}));";
  expect(crashMessage(stderrOf(script, "--max-old-space-size=32"))).toMatch(
    /^FATAL ERROR: .*heap out of memory$/,
  );
});

it("without an error the last line counts; warnings never do", () => {
  expect(crashMessage("loading\nterminate called after throwing 'std::bad_alloc'\n")).toBe(
    "terminate called after throwing 'std::bad_alloc'",
  );
  expect(crashMessage(stderrOf("process.emitWarning('old')"))).toBe("");
  const tensorFlow = `WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795689864.509425   28052 reader.cc:52] Reading meta graph with tags { serve }
2026-11-26 10:31:38.123456: W tensorflow/core/kernels/x.cc:1] slow`;
  expect(crashMessage(tensorFlow)).toBe("");
  expect(crashMessage(`out of memory\n${tensorFlow}`)).toBe("out of memory");
  expect(crashMessage("")).toBe("");
});
