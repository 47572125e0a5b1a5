import { type ApiKey, SCOPES, type Scope } from "@winnow/contracts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { dataOption, withDatabase } from "../database/data-place.js";
import { systemUser } from "../database/system-user.js";
import { jsonOption } from "../options/service.js";
import { note, print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { table } from "../terminal/table.js";
import { widthOf } from "../terminal/text.js";

interface KeysOptions {
  readonly data?: string;
  readonly json?: true;
}

interface CreateOptions extends KeysOptions {
  readonly name: string;
  readonly scope: Scope;
  readonly expires?: Date;
  readonly ownerOnly?: true;
}

/** `winnow keys create|list|revoke`: the API's keys, straight in the database. */
export function addKeys(program: Command): void {
  const keys = program
    .command("keys")
    .summary("create, list and revoke API keys")
    .description("create, list and revoke API keys, directly in the database")
    .helpCommand("help [command]", "print a command's help");
  keys
    .command("create")
    .description("create a key and print it, once; from the first key on, the API requires one")
    .requiredOption("--name <name>", "whose key it is, or its purpose", nameOf)
    .addOption(
      new Option("--scope <scope>", "write includes read, admin includes both")
        .choices(SCOPES)
        .default("read"),
    )
    .option("--expires <when>", "after a time (90d, 12h) or at a date (2027-01-31)", expiryOf)
    .option("--owner-only", "the key sees and changes only what it makes itself")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(create);
  keys
    .command("list")
    .description("list all keys, newest first")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(list);
  keys
    .command("revoke")
    .argument("<id>", "id of the key, key_...")
    .description("revoke a key permanently, effective immediately")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(revoke);
}

async function create({
  name,
  scope,
  expires,
  ownerOnly,
  data,
  json,
}: CreateOptions): Promise<void> {
  const made = await withDatabase(data, async (store) => {
    const { createApiKey } = await import("@winnow/store");
    return createApiKey(
      store,
      { name, scope, expiresAt: expires ?? null, ownerOnly: ownerOnly ?? false },
      "keys create",
      systemUser(),
    );
  });
  if (json) return printJson({ ...made.key, token: made.token });
  note(`${made.key.id}  ${scopeOf(made.key)}, ${endOf(made.key)}`);
  note("Store the key now: it cannot be shown again.");
  print(made.token);
}

async function list({ data, json }: KeysOptions): Promise<void> {
  const keys = await withDatabase(data, async (store) => {
    const { listApiKeys } = await import("@winnow/store");
    const all: ApiKey[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await listApiKeys(store, { limit: 1000, cursor: cursor ?? undefined });
      all.push(...page.data);
      cursor = page.nextCursor;
    } while (cursor);
    return all;
  });
  if (json) return printJson({ data: keys });
  if (keys.length === 0) return print("no keys: the API requires none");
  const rows = keys.map((key) => [
    key.id,
    scopeOf(key),
    endOf(key),
    key.lastUsedAt === null ? "never used" : `used ${key.lastUsedAt}`,
    key.name,
  ]);
  print(table(rows, { width: widthOf(process.stdout) }).join("\n"));
}

async function revoke(id: string, { data, json }: KeysOptions): Promise<void> {
  const key = await withDatabase(data, async (store) => {
    const { revokeApiKey } = await import("@winnow/store");
    return revokeApiKey(store, id, "keys revoke", systemUser());
  });
  if (json) return printJson(key);
  print(`${key.id}  ${endOf(key)}`);
}

const scopeOf = ({ scope, ownerOnly }: ApiKey): string =>
  ownerOnly ? `${scope} of its own` : scope;

function endOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt !== null) return COLORS.red(`revoked ${revokedAt}`);
  if (expiresAt === null) return "no expiry";
  return Date.parse(expiresAt) <= Date.now()
    ? COLORS.red(`expired ${expiresAt}`)
    : `until ${expiresAt}`;
}

function nameOf(text: string): string {
  const name = text.trim();
  if (/^[^\p{Cc}]{1,100}$/u.test(name)) return name;
  throw new InvalidArgumentError("Expected 1 to 100 characters on one line.");
}

const HOURS = { h: 1, d: 24 };

/** `90d` and `12h` from now on, or a date, in UTC. */
function expiryOf(text: string): Date {
  const [, amount, unit] = /^(\d{1,5})([hd])$/.exec(text) ?? [];
  const isDate = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const at = amount
    ? new Date(Date.now() + Number(amount) * HOURS[unit as keyof typeof HOURS] * 3_600_000)
    : new Date(isDate ? text : Number.NaN);
  if (Number.isNaN(at.getTime())) {
    throw new InvalidArgumentError("Expected 90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z.");
  }
  if (at.getTime() <= Date.now()) throw new InvalidArgumentError("The time must be in the future.");
  return at;
}
