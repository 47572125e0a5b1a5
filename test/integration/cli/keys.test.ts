import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { ApiKey } from "@winnow/contracts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openTestApi, type TestApi } from "../../support/api.js";
import { runCli } from "../../support/cli.js";
import { createTestDatabase } from "../../support/postgres.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

let api: TestApi;
let url: string;

beforeAll(async () => {
  api = await openTestApi();
  url = await api.listen();
});
afterAll(() => api.close());

const winnow = (args: string[], env: Record<string, string> = {}) =>
  runCli(args, { env: { DATABASE_URL: api.databaseUrl, WINNOW_URL: url, ...env } });

async function asJson<T>(args: string[], env?: Record<string, string>): Promise<T> {
  const { code, stdout, stderr } = await winnow([...args, "--json"], env);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as T;
}

const create = (scope: string, ...more: string[]) =>
  asJson<ApiKey & { token: string }>([
    "keys",
    "create",
    "--name",
    scope,
    "--scope",
    scope,
    ...more,
  ]);

describe("winnow keys", () => {
  it("makes a key that opens the API, for commands too, until it is revoked", async () => {
    const { code, stdout, stderr } = await winnow(["keys", "create", "--name", "me"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^wn_[0-9a-f]{32}_[\w-]{43}\n$/);
    expect(stderr).toContain("key_");
    const WINNOW_API_KEY = stdout.trim();
    const id = /key_[0-9a-f-]{36}/.exec(stderr)![0]!;

    const bare = await winnow(["jobs"]);
    expect(bare.code).toBe(1);
    expect(bare.stderr).toMatch(/^error {2}unauthenticated: .*WINNOW_API_KEY/s);
    expect(await winnow(["jobs"], { WINNOW_API_KEY })).toMatchObject({
      code: 0,
      stdout: "no jobs\n",
    });
    expect((await winnow(["jobs", "--api-key", WINNOW_API_KEY])).code).toBe(0);
    const refused = await winnow(["audit-log"], { WINNOW_API_KEY });
    expect(refused.stderr).toMatch(/^error {2}forbidden: .*needs admin/);

    const listed = await winnow(["keys", "list"]);
    expect(listed.stdout).toContain(id);
    expect(listed.stdout).not.toContain(WINNOW_API_KEY.slice(-43));
    expect((await winnow(["keys", "revoke", id])).stdout).toMatch(/revoked \d{4}-/);
    const over = await winnow(["jobs"], { WINNOW_API_KEY });
    expect(over.stderr).toMatch(/^error {2}unauthenticated: The API key was revoked/);
  });

  it("lists name, scope, expiry and last use, and never a secret", async () => {
    const made = await create("write", "--expires", "90d");
    const inDays = (Date.parse(made.expiresAt ?? "") - Date.now()) / 86_400_000;
    expect(inDays).toBeGreaterThan(89.9);
    expect(inDays).toBeLessThanOrEqual(90);
    const { data } = await asJson<{ data: ApiKey[] }>(["keys", "list"]);
    const { token, ...key } = made;
    expect(data[0]).toEqual(key);
    expect(JSON.stringify(data)).not.toContain(token.slice(-43));
  });

  it("what makes and revokes keys stands in the audit, which `winnow audit-log` shows", async () => {
    const me = userInfo().username;
    const admin = await create("admin");
    const other = await create("read");
    await winnow(["keys", "revoke", other.id]);
    const env = { WINNOW_API_KEY: admin.token };
    const { data } = await asJson<{ data: object[] }>(["audit-log", "--resource", other.id], env);
    expect(data).toMatchObject([
      { action: "keys revoke", resource: other.id, outcome: "ok", keyId: null, user: me },
      { action: "keys create", resource: other.id, outcome: "ok", keyId: null, user: me },
    ]);
    const shown = await winnow(["audit-log"], env);
    expect(shown.stdout).toContain("keys create");
    expect(shown.stdout).toContain(`user ${me}`);
    expect(shown.stdout).not.toContain(admin.token.slice(-43));
  });

  it.each([
    ["no name", ["keys", "create"], /--name/],
    ["a name of two lines", ["keys", "create", "--name", "a\nb"], /one line/],
    ["another scope", ["keys", "create", "--name", "a", "--scope", "root"], /read, write, admin/],
    [
      "an expiry that is over",
      ["keys", "create", "--name", "a", "--expires", "2020-01-01"],
      /must be in the future/,
    ],
    ["no expiry at all", ["keys", "create", "--name", "a", "--expires", "soon"], /90d/],
    ["another key", ["keys", "revoke", "key_none"], /^error {2}api-key-not-found: /],
  ])("refuses %s, and says how to fix it", async (_, args, message) => {
    const { code, stdout, stderr } = await winnow(args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
  });

  it("needs a database that is there and migrated", async () => {
    const missing = await runCli(["keys", "list", "--data", join(tmpdir(), "winnow-none")]);
    expect(missing.stderr).toMatch(/^error {2}database-missing: .*winnow up/);
    const dead = { DATABASE_URL: "postgresql://winnow:hush@127.0.0.1:1/winnow" };
    const refused = await winnow(["keys", "list"], dead);
    expect(refused.stderr).toMatch(/^error {2}database-unreachable: 127\.0\.0\.1:1 /);
    expect(refused.stderr).not.toContain("hush");
    const empty = await createTestDatabase("empty");
    const bare = await winnow(["keys", "list"], { DATABASE_URL: empty.url });
    expect(bare.stderr).toMatch(/^error {2}database-not-migrated: .*winnow migrate/);
    await empty.drop();
  });

  it("finds the database of a data folder, whether the service runs or not", async () => {
    const dir = mkdtempSync(join(tmpdir(), "winnow-keys-"));
    try {
      const { startPostgres } = await import("@winnow/local-services");
      const running = await startPostgres({ dataDir: dir, durability: "fast" });
      const env = { DATABASE_URL: "postgresql://winnow:x@127.0.0.1:1/winnow" };
      const data = ["--data", dir];
      const made = await asJson<ApiKey>(["keys", "create", "--name", "here", ...data], env);
      await running.stop();
      const { data: listed } = await asJson<{ data: ApiKey[] }>(["keys", "list", ...data], env);
      expect(listed.map(({ id }) => id)).toEqual([made.id]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
