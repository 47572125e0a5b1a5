import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "./program.js";

/** Every command with its full name: `webhooks add`. */
function commandsOf(command: Command, above: readonly string[] = []): [string, Command][] {
  return command.commands.flatMap((one) => {
    const path = [...above, one.name()];
    return [[path.join(" "), one] as [string, Command], ...commandsOf(one, path)];
  });
}

const program = createProgram();
const all: [string, Command][] = [["(none)", program], ...commandsOf(program)];

describe.each(all)("the help of winnow %s", (_, command) => {
  it("fits into 80 columns", () => {
    command.configureHelp({ ...command.configureHelp(), helpWidth: 80 });
    const tooLong = command
      .helpInformation()
      .split("\n")
      .filter((line) => line.length > 80);
    expect(tooLong).toEqual([]);
  });

  it("describes the command, its arguments and its options", () => {
    const described = [command, ...command.registeredArguments, ...command.options];
    for (const one of described) {
      const { description } = one;
      const text = typeof description === "function" ? command.description() : description;
      expect(text).toMatch(/^\S.*[^.\s]$|\.$/);
    }
  });
});

it("each of the program's commands takes one line of its help", () => {
  program.configureHelp({ ...program.configureHelp(), helpWidth: 80 });
  const lines = program.helpInformation().split("\n");
  for (const name of program.commands.map((command) => command.name())) {
    expect(lines.filter((line) => new RegExp(`^ {2}${name}( |$)`).test(line))).toHaveLength(1);
  }
  expect(lines.filter((line) => line.startsWith(" ".repeat(8)))).toEqual([]);
});

it("options of the same name take the same value in every command", () => {
  const flags = new Map<string, Set<string>>();
  for (const [, command] of all) {
    for (const option of command.options) {
      const seen = flags.get(option.long ?? "") ?? new Set();
      flags.set(option.long ?? "", seen.add(option.flags.replace(/^-\w, /, "")));
    }
  }
  const different = [...flags]
    .filter(([, seen]) => seen.size > 1)
    .map(([, seen]) => [...seen].sort());
  // Folds: how many to train, or the file that says which fold predicted a row.
  // Classes: their names, or how many of them are shown. Columns: those to keep, or whose to write.
  expect(different.sort()).toEqual([
    ["--classes <list>", "--classes <n>"],
    ["--columns <columns...>", "--columns <which>"],
    ["--folds <file>", "--folds <k>"],
  ]);
});
