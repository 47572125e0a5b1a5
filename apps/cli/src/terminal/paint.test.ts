import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const built = fileURLToPath(new URL("../../dist/terminal/paint.js", import.meta.url));

/** What a process on a terminal with colours gets of the expression. */
const onTerminal = (expression: string): string =>
  execFileSync(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import { COLORS, PLAIN, shown } from ${JSON.stringify(built)}; process.stdout.write(JSON.stringify(${expression}));`,
    ],
    { env: { ...process.env, FORCE_COLOR: "1", NO_COLOR: undefined }, encoding: "utf8" },
  );
const shownOf = (expression: string): string => JSON.parse(onTerminal(`shown(${expression})`));

it("our colours reach a terminal, also one within another", () => {
  expect(shownOf('COLORS.red("x")')).toBe("\u001b[31mx\u001b[39m");
  expect(shownOf("COLORS.yellow('a ' + COLORS.red('b') + ' c')")).toBe(
    "\u001b[33ma \u001b[31mb\u001b[39m\u001b[33m c\u001b[39m",
  );
  expect(shownOf('PLAIN.red("x")')).toBe("x");
});

it("those of other people's texts do not, wherever they stand", () => {
  const evil = "\\u001b[31m\\u001b]0;title\\u0007\\u009b2J\\u202e\\r";
  const written = "\\u001b[31m\\u001b]0;title\\u0007\\u009b2J\\u202e\\u000d";
  expect(shownOf(`"${evil}"`)).toBe(written);
  expect(shownOf(`COLORS.green("${evil}")`)).toBe(`\u001b[32m${written}\u001b[39m`);
});

it("nobody can write our colours: each process marks its own", () => {
  const marks = [1, 2].map(() => JSON.parse(onTerminal('COLORS.red("x")')) as string);
  expect(marks[0]).not.toBe(marks[1]);
  const foreign = JSON.stringify(marks[0]);
  expect(shownOf(foreign)).not.toContain("\u001b");
});
