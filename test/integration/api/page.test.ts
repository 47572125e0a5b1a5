import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROUTES, type Route } from "@winnow/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestApi, type TestApi } from "../../support/api.js";
import { makeKey } from "../../support/keys.js";

const folder = fileURLToPath(new URL("../../../apps/web/dist/page/", import.meta.url));
const MOST_SCRIPT_BYTES = 300_000;

describe("the page", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await openTestApi();
    // Its files need no key, whatever the service does.
    await makeKey(api.store, "read");
  });
  afterAll(() => api?.close());

  it.each([
    "/",
    "/jobs",
    "/jobs/job_x",
    "/datasets/ds_x",
    "/cross-validations/cv_x",
    "/prunings/pr_x",
    "/review-samples/rs_x",
  ])(
    "is served at %s under a policy that allows its own scripts and styles alone",
    async (place) => {
      const answer = await api.app.inject(place);
      expect([answer.statusCode, answer.headers["content-type"]]).toEqual([200, "text/html"]);
      const policy = String(answer.headers["content-security-policy"]);
      expect(policy).toContain("default-src 'none'; script-src 'self';");
      expect(policy).toMatch(/style-src 'self' 'sha256-[\w+/]{43}=';/);
      expect(policy).not.toContain("unsafe");
      expect(answer.body).not.toMatch(/<script(?![^>]*src=)|<style|style=|https?:\/\//);
    },
  );

  it("names only files that are there, which browsers may keep", async () => {
    const { body } = await api.app.inject("/");
    const files = [...body.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file]) => file!);
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      const answer = await api.app.inject(file);
      expect(answer.statusCode, file).toBe(200);
      expect(answer.headers["cache-control"], file).toMatch(/max-age/);
    }
    const script = files.find((file) => file.endsWith(".js"))!;
    const small = await api.app.inject({ url: script, headers: { "accept-encoding": "gzip" } });
    expect(small.headers["content-encoding"]).toBe("gzip");
    expect(small.headers["content-type"]).toContain("javascript");
    expect((await api.app.inject("/assets/none.js")).statusCode).toBe(404);
  });

  it("meets a browser at an address of nothing, and leaves programs to the API", async () => {
    const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
    for (const lost of ["/nowhere", "/prunings", "/datasets/ds_x/rows", "/v1x"]) {
      const answer = await api.app.inject({ url: lost, headers: browser });
      expect([answer.statusCode, answer.headers["content-type"]], lost).toEqual([404, "text/html"]);
      expect(answer.headers["content-security-policy"], lost).toContain("script-src 'self'");
      expect(answer.body, lost).toBe((await api.app.inject("/")).body);
    }
    const refused = [
      { url: "/nowhere" },
      { url: "/nowhere", headers: { accept: "application/json" } },
      { url: "/nowhere", method: "POST", headers: browser },
      { url: "/v1/nowhere", headers: browser },
      { url: "/assets/none.js", headers: browser },
    ] as const;
    for (const request of refused) {
      const answer = await api.app.inject(request);
      expect(answer.headers["content-type"], request.url).toMatch("problem+json");
      expect(answer.json().code, request.url).toMatch(/^(route-not-found|unauthenticated)$/);
    }
  });

  it("leaves every path of the contract to the contract", async () => {
    for (const { path } of Object.values<Route>(ROUTES)) {
      const answer = await api.app.inject(path.replaceAll(/:\w+/g, "x"));
      expect(String(answer.headers["content-type"]), path).not.toContain("text/html");
    }
  });

  it("loads at most 300 kB of compressed script before it can be used", () => {
    const assets = join(folder, "assets");
    const first = new Set<string>();
    const follow = (file: string): void => {
      if (first.has(file)) return;
      first.add(file);
      const text = readFileSync(join(assets, file), "utf8");
      // Static imports, and the one that main.ts begins with.
      const imports = text.matchAll(/(?:from|import)\s*["`']\.\/([\w-]+\.js)["`']/g);
      for (const [, name] of imports) follow(name!);
    };
    const start = readdirSync(assets).filter((name) => /^(index|start)-[\w-]+\.js$/.test(name));
    expect(start.length).toBe(2);
    for (const name of start) follow(name);
    const bytes = [...first].reduce(
      (sum, name) => sum + readFileSync(join(assets, `${name}.gz`)).length,
      0,
    );
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(MOST_SCRIPT_BYTES);
  });
});

it("can be left out: `/` then leads to the pages of the API, and nothing else changes", async () => {
  const api = await openTestApi({ app: { pageFolder: "/nowhere" } });
  try {
    const root = await api.app.inject("/");
    expect([root.statusCode, root.headers.location]).toEqual([302, "/docs"]);
    expect((await api.app.inject("/datasets")).statusCode).toBe(404);
    expect((await api.app.inject("/healthz")).statusCode).toBe(200);
  } finally {
    await api.close();
  }
});
