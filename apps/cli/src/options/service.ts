import { type Client, createClient } from "@winnow/client";
import { type Command, Option } from "commander";
import { readEnvironment } from "../config.js";
import { findOwnKey } from "../own-key/key-file.js";

/** Which service a command talks to, and with which key. */
export interface ServiceOptions {
  readonly url?: string;
  readonly apiKey?: string;
}

const GROUP = "Service:";

/** Adds `--url` and `--api-key`, as every command has them that talks to a running service. */
export function addServiceOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--url <url>",
        "its address (default: WINNOW_URL, else http://127.0.0.1:8080)",
      ).helpGroup(GROUP),
    )
    .addOption(
      new Option(
        "--api-key <key>",
        "default: WINNOW_API_KEY, which other users of this machine cannot see; else that of `winnow up --private`",
      ).helpGroup(GROUP),
    );
}

/** `--json`, as every command has it that scripts may read. */
export const jsonOption = () => new Option("--json", "print JSON and nothing else");

/** A client of the service: options win over WINNOW_URL and WINNOW_API_KEY. */
export function openClient(options: ServiceOptions): Client {
  return createClient(options.url ?? readEnvironment().WINNOW_URL, { apiKey: keyFor(options) });
}

/** The option, else WINNOW_API_KEY, else the key that `winnow up --private` made for this user. */
export function keyFor({ url, apiKey }: ServiceOptions): string | undefined {
  const { WINNOW_URL, WINNOW_API_KEY } = readEnvironment();
  return apiKey ?? WINNOW_API_KEY ?? findOwnKey(url ?? WINNOW_URL);
}
