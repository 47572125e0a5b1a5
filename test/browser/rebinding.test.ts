import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { ROUTES, type Route } from "@winnow/contracts";
import { openStore, type Store } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startApiProcess } from "../support/api-process.js";
import { openBrowser, type TestBrowser } from "../support/browser.js";
import { makeKey, type TestKey } from "../support/keys.js";
import type { NodeProcess } from "../support/node-process.js";
import { createTestDatabase } from "../support/postgres.js";
import { seedPruning } from "../support/seed-data.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

const EVIL = "evil.example";

let browser: TestBrowser;
let elsewhere: Server;
let elsewherePort: number;

beforeAll(async () => {
  browser = await openBrowser([EVIL]);
  // Somebody else's page: on another site, and on another port of this machine.
  elsewhere = createServer((_request, answer) => {
    answer.setHeader("content-type", "text/html");
    answer.end("<!doctype html><title>elsewhere</title>");
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  elsewherePort = (elsewhere.address() as { port: number }).port;
});

afterAll(async () => {
  await browser?.close();
  elsewhere?.close();
});

interface Seen {
  readonly what: string;
  /** 0: the browser tells the page nothing. */
  readonly status: number;
  readonly body: string;
}

/** What a page tries: every route of the contract by fetch, then what needs no leave of another origin. */
async function attack(page: Page, base: string, ids: Record<string, string>): Promise<Seen[]> {
  const calls = Object.values<Route>(ROUTES)
    .filter(({ scope }) => scope !== "public")
    .map(({ method, path, body, bytes }) => ({
      method,
      path: path.replace(":id", ids[path.split("/")[2] ?? ""] ?? "x").replaceAll(/:\w+/g, "0"),
      type: body ? "application/json" : bytes ? "text/plain" : null,
      body:
        path === "/v1/jobs/pruning" ? `{"crossValidationId":"${ids["cross-validations"]}"}` : "{}",
    }));
  // Past the policies of the page: the attacker's own has none.
  await page.evaluate(readFileSync(new URL("attack.js", import.meta.url), "utf8"));
  return page.evaluate(
    (asked) => (globalThis as unknown as { attack(asked: object): Promise<Seen[]> }).attack(asked),
    { base, calls },
  );
}

const TABLES = [
  ...["uploads", "jobs", "tasks", "datasets", "cross_validations", "prunings", "webhooks"],
  ...["api_keys", "idempotency_keys"],
];

/** All rows that a change would change. */
async function rowsOf(store: Store): Promise<string> {
  const found = await Promise.all(
    TABLES.map((table) =>
      poolOf(store).query(`SELECT json_agg(t ORDER BY t::text)::text AS rows FROM ${table} t`),
    ),
  );
  return JSON.stringify(found.map(({ rows }) => rows[0]));
}

describe.each([
  ["keyless on loopback", {}],
  [
    "keyless with TRUSTED_NETWORK, as compose sets it",
    { TRUSTED_NETWORK: "true", ALLOWED_HOSTS: "api" },
  ],
  ["keyed", {}],
] as const)("a service that is %s", (mode, settings) => {
  let drop: () => Promise<void>;
  let store: Store;
  let api: NodeProcess & { readonly url: string };
  let ids: Record<string, string>;
  let key: TestKey | undefined;
  let port: string;

  beforeAll(async () => {
    const database = await createTestDatabase();
    drop = database.drop;
    store = openStore({ databaseUrl: database.url, applicationName: "test" });
    const seeded = await seedPruning(store);
    ids = {
      jobs: seeded.jobId,
      datasets: seeded.datasetId,
      "cross-validations": seeded.crossValidationId,
      prunings: seeded.pruningId,
    };
    if (mode === "keyed") key = await makeKey(store, "admin");
    api = await startApiProcess({ DATABASE_URL: database.url, HOST: "127.0.0.1", ...settings });
    port = new URL(api.url).port;
  });
  afterAll(async () => {
    await api?.stop();
    await store?.close();
    await drop?.();
  });

  /** A page that is open there, in which the attacker's script runs. */
  async function pageAt(address: string): Promise<Page> {
    const page = await browser.context.newPage();
    await page.goto(address);
    return page;
  }

  const refused = mode === "keyed" ? 401 : 403;

  it("gives a page whose name was rebound to it nothing, and lets it change nothing", async () => {
    const before = await rowsOf(store);
    // The same origin to the browser: no preflight, no CORS, and every answer could be read.
    const base = `http://${EVIL}:${port}`;
    // It came from the attacker before the name was changed; what is asked from now on comes here.
    const page = await pageAt(`${base}/healthz`);
    const seen = await attack(page, base, ids);
    await page.close();
    expect(seen.length).toBeGreaterThan(45);
    for (const { what, status, body } of seen) {
      // 0: the connection was closed before the body was read.
      expect([refused, 0], `${what}: ${status} ${body}`).toContain(status);
      for (const id of Object.values(ids)) expect(body.replaceAll(what, "")).not.toContain(id);
    }
    expect(seen.filter(({ status }) => status === refused).length).toBeGreaterThan(40);
    expect(await rowsOf(store)).toBe(before);
  });

  it.each(["another site", "another port of this machine"])(
    "gives a page of %s nothing, and lets it change nothing",
    async (where) => {
      const before = await rowsOf(store);
      const host = where === "another site" ? EVIL : "127.0.0.1";
      const page = await pageAt(`http://${host}:${elsewherePort}/`);
      const seen = await attack(page, `http://127.0.0.1:${port}`, ids);
      await page.close();
      for (const { what, status, body } of seen) {
        // The browser keeps the answer from the page, whatever it was.
        expect([status, what], body).toEqual([0, what]);
      }
      expect(await rowsOf(store)).toBe(before);
    },
  );

  it("opens the page with the key of the address's fragment, or asks for one", async () => {
    const page = await browser.context.newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    const dataset = page.getByRole("link", { name: "seeded" });
    const base = `http://127.0.0.1:${port}/datasets`;
    await page.goto(key ? `${base}#key=${key.token}` : base);
    await dataset.waitFor();
    expect(page.url()).toBe(base);
    // A reload still has it, another tab does not.
    await page.reload();
    await dataset.waitFor();
    expect(asked.filter((url) => url.includes("wn_"))).toEqual([]);
    await page.close();
    const other = await browser.context.newPage();
    await other.goto(base);
    if (key) {
      const dialog = other.getByRole("dialog", { name: "This service needs a key" });
      await dialog.getByLabel("API key").fill(key.token);
      await dialog.getByRole("button", { name: "Continue" }).click();
    }
    await other.getByRole("link", { name: "seeded" }).waitFor();
    await other.close();
  });

  it("serves its own page, to which the key comes in the address's fragment", async () => {
    const page = await browser.context.newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    const fragment = key ? `#key=${key.token}` : "";
    await page.goto(`http://127.0.0.1:${port}/docs${fragment}`);
    await page.waitForSelector(".opblock");
    // No server hears of it, and it is not in the address any more.
    expect(page.url()).not.toContain("wn_");
    expect(asked.filter((url) => url.includes("wn_"))).toEqual([]);
    const status = await page.evaluate(async () => {
      const held = (globalThis as unknown as { winnowKey?: string }).winnowKey;
      const answer = await fetch("/v1/uploads", {
        method: "POST",
        headers: {
          "content-type": "text/plain",
          ...(held === undefined ? {} : { authorization: `Bearer ${held}` }),
        },
        body: "text,label\na,b\n",
      });
      return answer.status;
    });
    await page.close();
    expect(status).toBe(201);
  });
});
