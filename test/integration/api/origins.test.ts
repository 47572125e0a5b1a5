import { request } from "node:http";
import { hostname } from "node:os";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openTestApi, type TestApi } from "../../support/api.js";
import { makeKey } from "../../support/keys.js";

/** Sends exactly these headers, Host included, over a real connection. */
function send(
  url: string,
  { method = "GET", path = "/v1/jobs", headers = {} as Record<string, string>, body = "" } = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method, headers }, async (answer) => {
      let text = "";
      for await (const chunk of answer) text += String(chunk);
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const post = (url: string, headers: Record<string, string>) =>
  send(url, {
    method: "POST",
    path: "/v1/uploads",
    headers: { "content-type": "text/plain", ...headers },
    body: "a,b",
  });

let plain: TestApi;
let listed: TestApi;
let url: string;
let listedUrl: string;

beforeAll(async () => {
  plain = await openTestApi();
  listed = await openTestApi({
    databaseUrl: plain.databaseUrl,
    config: {
      allowedHosts: ["api", "Winnow.LAN.", "*.example.org", "bücher.example"],
      corsOrigins: ["http://localhost:3000", "https://label.example.net"],
    },
  });
  [url, listedUrl] = await Promise.all([plain.listen(), listed.listen()]);
});

afterAll(async () => {
  await listed.close();
  await plain.close();
});

beforeEach(async () => {
  await poolOf(plain.store).query("DELETE FROM uploads");
});

const uploads = async (): Promise<number> =>
  (await poolOf(plain.store).query("SELECT FROM uploads")).rowCount ?? 0;

describe("without keys, the host name", () => {
  it.each([
    "localhost",
    "LocalHost:8080",
    "localhost.",
    "winnow.localhost:80",
    "127.0.0.1",
    "127.0.0.1:8080",
    "127.1.2.3",
    "10.244.0.17:8080",
    "[::1]",
    "[::1]:8080",
    "[fd00::17]:8080",
    hostname(),
  ])("%s is ours", async (host) => {
    expect((await send(url, { headers: { host } })).status).toBe(200);
    expect((await post(url, { host })).status).toBe(201);
  });

  it.each([
    "evil.example",
    "evil.example:8080",
    "evil.example.",
    "api",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "notlocalhost",
    ".localhost",
    "127.0.0.1@evil.example",
    "evil.example#localhost",
    "[evil.example]",
    "[::1].evil.example",
    "2130706433",
    "0x7f.1",
  ])("%s is nobody's we know", async (host) => {
    for (const answer of [await send(url, { headers: { host } }), await post(url, { host })]) {
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body).detail).toContain("ALLOWED_HOSTS");
    }
    expect(await uploads()).toBe(0);
  });

  it("counts as it stands in the request, whatever a proxy or a page adds", async () => {
    for (const name of ["x-forwarded-host", "forwarded", "x-host", "x-original-host"]) {
      const headers = { host: "evil.example", [name]: "localhost" };
      expect((await post(url, headers)).status).toBe(403);
    }
    expect(
      (await post(url, { host: "localhost", "x-forwarded-host": "evil.example" })).status,
    ).toBe(201);
  });

  it("is anything for the pages of probes, which have no data", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      expect((await send(url, { path, headers: { host: "evil.example" } })).status).toBe(200);
    }
  });

  it("can be one that ALLOWED_HOSTS lists, in any spelling", async () => {
    for (const host of [
      "api:8080",
      "API",
      "winnow.lan",
      "a.example.org",
      "a.b.example.org:8080",
      "xn--bcher-kva.example",
      "localhost",
      "[::1]",
    ]) {
      expect((await post(listedUrl, { host })).status, host).toBe(201);
    }
    for (const host of ["example.org", "evilexample.org", "winnow.lan.evil.example"]) {
      expect((await post(listedUrl, { host })).status, host).toBe(403);
    }
  });
});

describe("without keys, a page of another origin", () => {
  it.each([
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "something-new" },
    { "sec-fetch-site": "" },
    // A form that is sent is a navigation too.
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
    { origin: "https://evil.example" },
    { origin: "http://localhost:3000" },
    { origin: "null" },
    { origin: "not an origin" },
  ] as Record<string, string>[])("changes nothing: %o", async (headers) => {
    const answer = await post(url, { host: "localhost:8080", ...headers });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body).detail).toContain("CORS_ORIGINS");
    expect(await uploads()).toBe(0);
  });

  it.each([
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" },
    { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" },
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
    { origin: "https://evil.example" },
  ] as Record<string, string>[])("reads nothing: %o", async (headers) => {
    const answer = await send(url, { headers: { host: "localhost:8080", ...headers } });
    expect(answer.status).toBe(403);
    expect(answer.headers["access-control-allow-origin"]).toBe(undefined);
  });

  it("may link to an answer", async () => {
    const headers = {
      host: "localhost:8080",
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    };
    expect((await send(url, { headers })).status).toBe(200);
  });

  it.each([
    {},
    { "sec-fetch-site": "same-origin" },
    { "sec-fetch-site": "none" },
    { "sec-fetch-site": "same-origin", origin: "https://behind.a.proxy" },
    { origin: "http://localhost:8080" },
  ] as Record<string, string>[])("is not who sent %o", async (headers) => {
    expect((await post(url, { host: "localhost:8080", ...headers })).status).toBe(201);
    expect((await send(url, { headers: { host: "localhost:8080", ...headers } })).status).toBe(200);
  });

  it("on the default port of its scheme is known by its name alone", async () => {
    expect((await post(url, { host: "localhost", origin: "http://localhost" })).status).toBe(201);
    expect((await post(url, { host: "localhost:80", origin: "http://localhost" })).status).toBe(
      201,
    );
  });

  it("may do what ours may if CORS_ORIGINS lists it, and browsers are told so", async () => {
    const page = { host: "localhost:8080", origin: "https://label.example.net" };
    const preflight = await send(listedUrl, {
      method: "OPTIONS",
      path: "/v1/uploads",
      headers: {
        ...page,
        "sec-fetch-site": "cross-site",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,idempotency-key",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": page.origin,
      "access-control-allow-headers": expect.stringContaining("idempotency-key"),
      "access-control-allow-methods": expect.stringContaining("POST"),
    });
    const made = await post(listedUrl, { ...page, "sec-fetch-site": "cross-site" });
    expect(made.status).toBe(201);
    expect(made.headers).toMatchObject({
      "access-control-allow-origin": page.origin,
      "access-control-expose-headers": expect.stringContaining("location"),
      vary: expect.stringMatching(/origin/i),
    });
    // Nothing that a browser adds by itself is ever asked for.
    expect(made.headers["access-control-allow-credentials"]).toBe(undefined);

    const other = await send(listedUrl, {
      method: "OPTIONS",
      path: "/v1/uploads",
      headers: {
        host: "localhost:8080",
        origin: "https://evil.example",
        "access-control-request-method": "POST",
      },
    });
    expect(other.headers["access-control-allow-origin"]).toBe(undefined);
    expect((await post(listedUrl, { origin: "https://evil.example" })).status).toBe(403);
  });
});

it("every answer of the API stays out of caches, problems too", async () => {
  const { body } = await post(url, {});
  const paths = ["/v1/jobs", "/v1/datasets", "/v1/audit", "/metrics", "/readyz", "/v1/nothing"];
  for (const path of [...paths, `/v1/uploads/${JSON.parse(body).id}`, "/v1/jobs?limit=x"]) {
    expect((await send(url, { path })).headers["cache-control"], path).toBe("no-store");
  }
});

it("with keys a page has none to send, so any name and origin will do", async () => {
  const keyed = await openTestApi();
  try {
    const { headers } = await makeKey(keyed.store, "write");
    const own = await keyed.listen();
    expect((await post(own, { host: "winnow.example.org" })).status).toBe(401);
    const foreign = { host: "winnow.example.org", "sec-fetch-site": "cross-site" };
    expect((await post(own, { ...foreign, ...headers })).status).toBe(201);
    expect((await post(own, { ...foreign, origin: "https://evil.example" })).status).toBe(401);
  } finally {
    await keyed.close();
  }
});
