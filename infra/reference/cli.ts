import { createProgram } from "@winnow/cli";
import { code, sentence, table } from "./markdown.js";

type Command = ReturnType<typeof createProgram>;

/** The `winnow` command, its commands and their options. */
export function cliPage(): string[] {
  const program = createProgram();
  const groups = [...new Set(program.commands.map((command) => command.helpGroup()))];
  return [
    "# Command line",
    "",
    "`npx winnow COMMAND` in the clone, or `npm run winnow -- COMMAND`, which also works before the packages are installed. Both",
    "build what is missing. Outside the clone, npx would download another package that npm has under that name.",
    "`winnow help COMMAND` prints this page's text about a command. Exit codes: 0, or 1 after an error, which stderr names",
    "with its code, or 130 after Ctrl-C.",
    "",
    ...table(
      ["command", "what it does"],
      program.commands.map((command) => [
        `[\`${titleOf(command)}\`](#winnow-${command.name()})`,
        sentence(command.description()),
      ]),
    ),
    "",
    ...groups.flatMap((group) => [
      `## ${group.replace(/:$/, "")}`,
      "",
      ...program.commands
        .filter((command) => command.helpGroup() === group)
        .flatMap((command) => section(command, "winnow", 3)),
    ]),
  ];
}

function section(command: Command, parent: string, level: number): string[] {
  const name = `${parent} ${command.name()}`;
  const options = command.options.filter(({ hidden }) => !hidden);
  return [
    `${"#".repeat(level)} ${name}`,
    "",
    sentence(command.description()),
    "",
    ...(command.commands.length > 0 ? [] : ["```", `${parent} ${usageOf(command)}`, "```", ""]),
    ...(command.registeredArguments.length === 0
      ? []
      : [
          ...table(
            ["argument", "meaning"],
            command.registeredArguments.map((argument) => [
              code(argument.name()),
              sentence(argument.description),
            ]),
          ),
          "",
        ]),
    ...(options.length === 0
      ? []
      : [
          ...table(
            ["option", "default", "meaning"],
            options.map(({ flags, defaultValue, argChoices = [], description, mandatory }) => [
              code(flags),
              mandatory ? "*required*" : defaultOf(defaultValue),
              sentence(description) +
                (argChoices.length === 0 ? "" : ` One of ${argChoices.map(code).join(", ")}.`),
            ]),
          ),
          "",
        ]),
    ...command.commands
      .filter((inner) => inner.name() !== "help")
      .flatMap((inner) => section(inner, name, level + 1)),
  ];
}

const titleOf = (command: Command): string =>
  [
    command.name(),
    ...command.registeredArguments.map((argument) =>
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    ),
  ].join(" ");

const usageOf = (command: Command): string =>
  [titleOf(command), ...(command.options.length > 0 ? ["[options]"] : [])].join(" ");

function defaultOf(value: unknown): string {
  if (value === undefined || value === true || value === false) return "";
  return code(String(value));
}
