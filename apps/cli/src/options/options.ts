import { type Client, createClient } from "@winnow/client";
import { InvalidArgumentError, Option } from "commander";
import { readEnvironment } from "../config.js";

/** Parses a whole number from `min` to `max`. */
export const wholeNumber =
  (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      const upTo = max === Number.MAX_SAFE_INTEGER ? "on" : `to ${max}`;
      throw new InvalidArgumentError(`Expected a whole number from ${min} ${upTo}.`);
    }
    return value;
  };

/** Parses a number above 0 and at most `max`. */
export const positiveNumber =
  (max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !(value > 0 && value <= max)) {
      throw new InvalidArgumentError(`Expected a number above 0 and at most ${max}.`);
    }
    return value;
  };

/** A column by its name, or by its index when only digits are given. */
export const column = (text: string): string | number =>
  /^\d{1,5}$/.test(text) ? Number(text) : text;

/** Parses a repeatable `FROM=TO`. */
export function renamings(text: string, before: { from: string; to: string }[] = []) {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError("Expected FROM=TO.");
  return [...before, { from: text.slice(0, at), to: text.slice(at + 1) }];
}

/** `--json`, as every command that scripts may read has it. */
export const jsonOption = () => new Option("--json", "print JSON and nothing else");

/** `--url`, as every command that talks to a running service has it. */
export const urlOption = () =>
  new Option("--url <url>", "the service's address (default: WINNOW_URL or http://127.0.0.1:8080)");

/** `--api-key`, beside `--url`. */
export const apiKeyOption = () =>
  new Option(
    "--api-key <key>",
    "sent where the service asks for one (default: WINNOW_API_KEY, which other users of this machine do not see)",
  );

/** Which service a command talks to, and as whom. */
export interface ServiceOptions {
  readonly url?: string;
  readonly apiKey?: string;
}

/** A client of the service: options win over WINNOW_URL and WINNOW_API_KEY. */
export function openClient({ url, apiKey }: ServiceOptions): Client {
  const { WINNOW_URL, WINNOW_API_KEY } = readEnvironment();
  return createClient(url ?? WINNOW_URL, { apiKey: apiKey ?? WINNOW_API_KEY });
}

/** `entries` without those that are undefined. */
export function given<T extends Record<string, unknown>>(
  entries: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(entries).filter(([, value]) => value !== undefined),
  ) as never;
}

/** Prints a value as indented JSON on stdout. */
export const printJson = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};
