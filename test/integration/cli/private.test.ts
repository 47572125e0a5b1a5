import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type CliProcess, runCli, startCli, written } from "../../support/cli.js";

vi.setConfig({ testTimeout: 540_000, hookTimeout: 540_000 });

let dir: string;
let up: CliProcess;
let url: string;
let keyFile: string;
/** This user's surroundings: settings below a folder of the test's own. */
let mine: Record<string, string>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "winnow-private-up-"));
  mine = { XDG_CONFIG_HOME: join(dir, "config") };
  up = startCli(["up", "--private", "--port", "0", "--data", join(dir, "data")], { env: mine });
  url = (await written(up, /^listening on (http:\/\/127\.0\.0\.1:\d+)$/m))[1] ?? "";
  keyFile = join(dir, "config", "winnow", "keys", new URL(url).port);
});

afterAll(async () => {
  up?.child.kill("SIGTERM");
  await up?.ended;
  rmSync(dir, { recursive: true, force: true });
});

const winnow = (args: string[], env: Record<string, string> = mine) =>
  runCli(args, { env: { WINNOW_URL: url, ...env }, cwd: dir });

describe("winnow up --private", () => {
  it("lets its own user in without a word, and nobody else", async () => {
    expect(await winnow(["jobs"])).toMatchObject({ code: 0, stdout: "no jobs\n" });
    // By any name of the same address.
    const named = url.replace("127.0.0.1", "localhost");
    expect((await winnow(["jobs", "--url", named])).code).toBe(0);

    const other = await winnow(["jobs"], { XDG_CONFIG_HOME: join(dir, "of another user") });
    expect(other.code).toBe(1);
    expect(other.stderr).toContain("unauthenticated");
    expect((await fetch(`${url}/v1/jobs`)).status).toBe(401);
    expect(up.stderr()).toContain("private: only you can use it");
    expect(up.stderr()).toContain(keyFile);
    // A key that was named is the one that is meant.
    const wrong = `wn_${"0".repeat(32)}_${"a".repeat(43)}`;
    expect((await winnow(["jobs"], { ...mine, WINNOW_API_KEY: wrong })).code).toBe(1);
  });

  it("keeps the key, the data and the logs from other users, also as root", () => {
    const modeOf = (path: string) => statSync(path).mode & 0o777;
    expect(modeOf(keyFile)).toBe(0o600);
    expect(modeOf(join(dir, "config", "winnow", "keys"))).toBe(0o700);
    const data = join(dir, "data");
    // Root's Postgres may run as another user, which passes through and sees no names.
    expect(modeOf(data)).toBe(process.getuid?.() === 0 ? 0o711 : 0o700);
    const open = readdirSync(data, { withFileTypes: true }).filter(
      ({ name }) => (modeOf(join(data, name)) & 0o077) !== 0,
    );
    expect(open.map(({ name }) => name)).toEqual([]);
    expect(up.stdout() + up.stderr()).not.toContain(readFileSync(keyFile, "utf8").trim());
  });

  it.each([
    ["a link", () => symlinkSync(join(dir, "elsewhere"), keyFile)],
    ["readable by others", () => putKey(0o644)],
    ["writable by others", () => putKey(0o622)],
    ["a folder", () => mkdirSync(keyFile)],
    ...(process.getuid?.() === 0 ? ([["of another user", putForeignKey]] as const) : []),
  ] as const)("a stored key that is %s is not used", async (_, put) => {
    const aside = join(dir, "elsewhere");
    renameSync(keyFile, aside);
    try {
      put();
      const { code, stderr } = await winnow(["jobs"]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error {2}key-file-unsafe: The stored key .* is not used: it /);
      expect(stderr).toContain("winnow up --private");
      // Where a key is named, nobody looks.
      const token = readFileSync(aside, "utf8").trim();
      expect((await winnow(["jobs", "--api-key", token])).code).toBe(0);
    } finally {
      rmSync(keyFile, { recursive: true, force: true });
      renameSync(aside, keyFile);
    }
  });

  it("sends the key to no other machine", async () => {
    const far = await winnow(["jobs", "--url", `http://winnow.invalid:${new URL(url).port}`]);
    expect(far.stderr).toContain("unreachable");
  });
});

describe("winnow open", () => {
  const programs = () => {
    const folder = join(dir, "bin");
    mkdirSync(folder, { recursive: true });
    for (const name of ["xdg-open", "open"]) {
      // A browser: it is told a page, and reads it.
      writeFileSync(
        join(folder, name),
        `#!/bin/sh\nprintf '%s' "$*" > '${dir}/told'\ncat "$(printf '%s' "$1" | sed 's|^file://||')" > '${dir}/page'\nstat -c %a "$(printf '%s' "$1" | sed 's|^file://||')" > '${dir}/mode'\nenv > '${dir}/env'\n`,
        { mode: 0o755 },
      );
    }
    return folder;
  };

  it("opens the page with the key where neither servers nor other users see it", async () => {
    const key = readFileSync(keyFile, "utf8").trim();
    const PATH = [programs(), process.env.PATH].join(delimiter);
    const { code, stdout, stderr } = await winnow(["open"], { ...mine, PATH });
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toBe(`opened ${url}/\n`);
    const read = (name: string) => readFileSync(join(dir, name), "utf8");
    expect(read("told")).toMatch(/^file:\/\/\S+\.html$/);
    expect(read("told")).not.toContain(key);
    expect(read("page")).toContain(`url=${url}/#key=${key}"`);
    expect(read("mode").trim()).toBe("600");
    expect(read("env")).not.toContain(key);
    expect(existsSync(read("told").replace("file://", ""))).toBe(false);
  });

  it("prints the address where there is no browser, or on request", async () => {
    const key = readFileSync(keyFile, "utf8").trim();
    const address = `${url}/#key=${key}\n`;
    const empty = join(dir, "no programs");
    mkdirSync(empty, { recursive: true });
    const bare = await winnow(["open"], { ...mine, PATH: empty });
    expect([bare.code, bare.stdout]).toEqual([0, address]);
    expect(bare.stderr).toContain("No browser was found");
    expect((await winnow(["open", "--print"])).stdout).toBe(address);
  });
});

it("the key ends with the service, and the next start makes another", async () => {
  const before = readFileSync(keyFile, "utf8").trim();
  up.child.kill("SIGTERM");
  await up.ended;
  expect(existsSync(keyFile)).toBe(false);

  up = startCli(["up", "--port", new URL(url).port, "--data", join(dir, "data")], { env: mine });
  await written(up, /^listening on /m);
  const old = await winnow(["jobs", "--api-key", before]);
  expect(old.stderr).toContain("revoked");
  await vi.waitFor(() => expect(up.stderr()).toContain("only holders of an API key can use it"));
  up.child.kill("SIGTERM");
  await up.ended;
});

function putKey(mode: number): void {
  writeFileSync(keyFile, `wn_${"0".repeat(32)}_${"a".repeat(43)}\n`);
  chmodSync(keyFile, mode);
}

function putForeignKey(): void {
  putKey(0o600);
  chownSync(keyFile, 65_534, 65_534);
}
