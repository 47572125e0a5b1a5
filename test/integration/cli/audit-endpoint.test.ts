import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCli } from "../../support/cli.js";
import {
  answerJson,
  type EmbeddingsServer,
  startEmbeddingsServer,
} from "../../support/embeddings-server.js";

// Each test starts the command several times.
vi.setConfig({ testTimeout: 600_000 });

const KEY = "sk-a.secret";
const WORDS = { animals: ["cat", "dog"], places: ["river", "mat"], cafes: ["cafe", "walk"] };
const ROWS = 300;

let dir: string;
let server: EmbeddingsServer;

beforeEach(async () => {
  server = await startEmbeddingsServer();
  dir = mkdtempSync(join(tmpdir(), "winnow-cli-endpoint-"));
  const kinds = Object.entries(WORDS);
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const [label, words] = kinds[i % 3]!;
    const given = i % 15 === 4 ? kinds[(i + 1) % 3]![0] : label;
    return `the ${words[i % 2]} sat on ${i % 91} ${words[(i >> 1) % 2]},${given}`;
  });
  writeFileSync(join(dir, "titles.csv"), ["text,label", ...lines].join("\n"));
});
afterEach(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

const audit = (...args: string[]) =>
  runCli(["audit", "titles.csv", "--out", "out", ...args], {
    cwd: dir,
    env: { XDG_CACHE_HOME: join(dir, "cache"), EMBEDDINGS_KEY: KEY },
  });

const differentTexts = () =>
  new Set(
    readFileSync(join(dir, "titles.csv"), "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.split(",")[0]),
  );

describe("winnow audit --embeddings-url", () => {
  it("embeds every text once; a second run asks for none, and says the same", async () => {
    const endpoint = ["--embeddings-url", `${server.url}/v1`, "--embeddings-model", "e5"];
    const first = await audit(...endpoint, "--scores", "one.csv");
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toMatch(/300 vectors of 8 columns/);
    expect([...server.answered].sort()).toEqual([...differentTexts()].sort());
    expect(server.seen[0]).toMatchObject({
      path: "/v1/embeddings",
      model: "e5",
      authorization: `Bearer ${KEY}`,
    });
    server.close();
    const second = await audit(...endpoint, "--scores", "two.csv", "--json");
    expect(second.code, second.stderr).toBe(0);
    expect(second.stdout).toContain("vectors-second");
    expect(readFileSync(join(dir, "two.csv"))).toEqual(readFileSync(join(dir, "one.csv")));
    expect(first.stderr + first.stdout + second.stderr + second.stdout).not.toContain(KEY);
  });

  it("a server that dies in the middle leaves no file; once it is back, the command goes on there", async () => {
    let requests = 0;
    server.interfere = (_, __, raw) => {
      if (++requests > 4) server.close();
      if (requests > 4) raw.socket.destroy();
      return requests > 4;
    };
    const died = await audit("--embeddings-url", server.url);
    expect(died.code).toBe(1);
    expect(died.stderr).toMatch(/endpoint-unavailable.*cannot be reached.*start it again/s);
    expect(died.stderr).toMatch(/the same command goes on there/);
    expect(readdirSync(dir)).not.toContain("out");
    const before = [...server.answered];
    expect(before.length).toBeGreaterThan(0);
    server = await startEmbeddingsServer(server.port);
    const again = await audit("--embeddings-url", server.url);
    expect(again.code, again.stderr).toBe(0);
    expect([...before, ...server.answered].sort()).toEqual([...differentTexts()].sort());
  });

  it("another model under the same name is told", async () => {
    const first = await audit("--embeddings-url", server.url);
    expect(first.code, first.stderr).toBe(0);
    writeFileSync(join(dir, "titles.csv"), "\na new cat,animals\n", { flag: "a" });
    server.model = "others";
    const other = await audit("--embeddings-url", server.url);
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(
      /other-model: the model others answers, and the model words did before/,
    );
    server.model = "words";
    server.width = 16;
    const wider = await audit("--embeddings-url", server.url);
    expect(wider.stderr).toMatch(/endpoint-answer.*16 columns, where it gave 8 before.*delete /s);
  });

  it("a refusal is said without the key, and a refused row by its line", async () => {
    const [bad] = readFileSync(join(dir, "titles.csv"), "utf8").split("\n")[200]!.split(",");
    server.interfere = (response, { input }) => {
      if (!input.some((one) => bad!.startsWith(one))) return false;
      answerJson(response, 422, { error: { message: `not for ${KEY}` } });
      return true;
    };
    const { code, stderr } = await audit("--embeddings-url", server.url);
    expect([code, stderr]).toEqual([1, expect.stringContaining("text-refused: line 201: ")]);
    expect(stderr).toContain("[key]");
    expect(stderr).not.toContain(KEY);
  });

  it.each([
    [["--embeddings-url", "http://93.184.216.34/v1"], /endpoint-address.*use https/],
    [["--embeddings-url", "ftp://localhost"], /endpoint-address.*http:/],
    [
      ["--embeddings-url", "http://127.0.0.1:1"],
      /endpoint-unavailable.*start it, or correct its URL/,
    ],
    [["--embeddings-model", "x"], /--embeddings-model names a model of --embeddings-url/],
    [["--embeddings-url", "http://127.0.0.1:1", "--encoder", "x"], /two-sources/],
    [["--embeddings-url", "http://127.0.0.1:1", "--embeddings-ids", "x.npy"], /embeddings-missing/],
  ])("%s is refused", async (args, message) => {
    const { code, stderr } = await audit(...args);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(readdirSync(dir)).not.toContain("out");
  });
});
