import { API_SETTINGS } from "@winnow/api";
import { CLI_SETTINGS } from "@winnow/cli";
import { describeSettings, type SettingDescription } from "@winnow/contracts";
import { WORKER_SETTINGS } from "@winnow/worker";
import { code, table } from "./markdown.js";

export interface Setting extends SettingDescription {
  /** The programs that read it, and which of them need it. */
  readonly readers: readonly string[];
  readonly needs: readonly string[];
}

const PROGRAMS = [
  ["API", describeSettings(API_SETTINGS)],
  ["worker", describeSettings(WORKER_SETTINGS)],
  ["command", describeSettings(CLI_SETTINGS)],
] as const;

/** Every variable that a program reads, by who reads it. */
export function settingsPage(): string[] {
  const settings = allSettings();
  const retention = settings.filter(({ name }) => name.startsWith("RETENTION_"));
  const others = settings.filter((setting) => !retention.includes(setting));
  const only = (reader: string) => others.filter(({ readers }) => readers.join() === reader);
  return [
    "# Settings",
    "",
    "Environment variables. An empty variable counts as not set. A program that starts with wrong settings names all faults",
    "at once and ends with exit code 1. `.env.example` is the same list for Docker Compose, which itself also reads",
    "`POSTGRES_PASSWORD`, `POSTGRES_APP_PASSWORD`, `REDIS_PASSWORD`. `winnow up` and `winnow demo` need none of them.",
    "",
    ...section(
      "Of several programs",
      others.filter(({ readers }) => readers.length > 1),
    ),
    ...section("API", only("API")),
    ...section("Worker", only("worker")),
    ...section("Retention", retention, [
      "The worker's orchestrator sweeps by these ages, and `winnow gc` reads them too: `30d`, `12h`, `90m`, or `off` to keep",
      "permanently. See [retention](../how-to/retention.md).",
      "",
    ]),
    ...section("Command", only("command"), [
      "The `winnow` command also reads those of several programs above.",
      "",
    ]),
  ];
}

/** Every variable of the three programs, each once. */
export function allSettings(): Setting[] {
  const settings = new Map<string, Setting>();
  for (const [program, descriptions] of PROGRAMS) {
    for (const description of descriptions) {
      const { name, required } = description;
      const { readers = [], needs = [] } = settings.get(name) ?? {};
      settings.set(name, {
        ...description,
        ...settings.get(name),
        readers: [...readers, program],
        needs: required ? [...needs, program] : needs,
      });
    }
  }
  return [...settings.values()];
}

function section(
  title: string,
  settings: readonly Setting[],
  intro: readonly string[] = [],
): string[] {
  const shared = settings.some(({ readers }) => readers.join() !== settings[0]!.readers.join());
  return [
    `## ${title}`,
    "",
    ...intro,
    ...table(
      ["name", "read by", "default", "unit", "meaning"],
      settings.map((setting) => [
        code(setting.name),
        shared ? setting.readers.join(", ") : "",
        defaultOf(setting),
        setting.name.startsWith("RETENTION_") ? "" : (setting.unit ?? ""),
        setting.description,
      ]),
    ),
    "",
  ];
}

function defaultOf({ default: fallback, readers, needs }: Setting): string {
  if (needs.length > 0) {
    return needs.length === readers.length ? "*required*" : `*required* (${needs.join(", ")})`;
  }
  return fallback === null ? "not set" : code(fallback);
}
