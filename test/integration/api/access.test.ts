import { ROUTES, type Route, SCOPES, type Scope } from "@winnow/contracts";
import { createApiKey, listApiKeys, openStore, revokeApiKey } from "@winnow/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assertMayListen } from "../../../apps/api/src/service/listen.js";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import { makeKey, type TestKey } from "../../support/keys.js";
import { type Operation, readOpenapi } from "../../support/openapi.js";

let api: TestApi;
let operations: Operation[];
const good = new Map<Scope, TestKey>();
let bad: Record<"revoked" | "expired" | "unknown" | "wrong secret" | "no token", string>;

beforeAll(async () => {
  api = await openTestApi();
  for (const scope of SCOPES) good.set(scope, await makeKey(api.store, scope));
  // Only now: without a key no operation asks for one.
  const listed = (await readOpenapi(api.app)).operations;
  // What the contract does not list: a GET answers to HEAD too.
  const heads = listed
    .filter(({ method }) => method === "GET")
    .map((operation) => ({ ...operation, method: "HEAD" as const }))
    .filter(({ path }) =>
      api.app.hasRoute({ method: "HEAD", url: path.replace(/{(\w+)}/g, ":$1") }),
    );
  operations = [...listed, ...heads];
  const other = await makeKey(api.store, "admin");
  const admin = good.get("admin")!;
  const stranger = `wn_${"0".repeat(32)}_${admin.token.slice(-43)}`;
  bad = {
    revoked: (await makeKey(api.store, "admin", "revoked")).headers.authorization,
    expired: (await makeKey(api.store, "admin", "expired")).headers.authorization,
    unknown: `Bearer ${stranger}`,
    "wrong secret": `Bearer ${admin.token.slice(0, -43)}${other.token.slice(-43)}`,
    "no token": "Bearer wn_let-me-in",
  };
});
afterAll(() => api.close());

/** Sends what the operation refuses or takes without harm: the ids name nothing. */
const call = ({ method, path }: Operation, authorization?: string) =>
  api.app.inject({
    method,
    url: path.replace("{id}", "00000000"),
    headers: authorization === undefined ? {} : { authorization },
  });

/** Fails for the first operation whose answers are not as `check` wants them. */
async function forEach(
  which: (operation: Operation) => boolean,
  check: (operation: Operation) => Promise<void>,
): Promise<number> {
  const chosen = operations.filter(which);
  for (const operation of chosen) {
    try {
      await check(operation);
    } catch (error) {
      throw new Error(`${operation.method} ${operation.path}`, { cause: error });
    }
  }
  return chosen.length;
}

/** A HEAD has the status and headers of its GET, and no body. */
const expectRefusal = (
  operation: Operation,
  answer: Awaited<ReturnType<typeof call>>,
  code: "unauthenticated" | "forbidden",
) => {
  if (operation.method === "HEAD") {
    expect(answer.statusCode).toBe(code === "forbidden" ? 403 : 401);
    return "";
  }
  return expectProblem(answer, code).detail;
};

describe("every route of the served contract", () => {
  it("has the scope of the route table, and is listed with it", async () => {
    const scopes = Object.fromEntries(operations.map((o) => [o.operationId, o.scope ?? "public"]));
    const wanted = Object.entries<Route>(ROUTES).map(([name, { scope }]) => [name, scope]);
    expect(scopes).toEqual(Object.fromEntries(wanted));
    expect(operations.filter((o) => o.scope === null).map((o) => o.path)).toEqual(
      expect.arrayContaining(["/healthz", "/readyz"]),
    );
  });

  it("without a key is a 401 that says where to send one", async () => {
    const checked = await forEach(
      (o) => o.scope !== null,
      async (operation) => {
        const answer = await call(operation);
        const detail = expectRefusal(operation, answer, "unauthenticated");
        expect(answer.headers["www-authenticate"]).toBe('Bearer realm="winnow"');
        if (operation.method !== "HEAD") expect(detail).toContain("winnow keys create");
      },
    );
    expect(checked).toBeGreaterThan(40);
  });

  it.each(["revoked", "expired", "unknown", "wrong secret", "no token"] as const)(
    "with a key that is no good is a 401: %s",
    async (kind) => {
      await forEach(
        (o) => o.scope !== null,
        async (operation) => {
          const answer = await call(operation, bad[kind]);
          const detail = expectRefusal(operation, answer, "unauthenticated");
          expect(answer.headers["www-authenticate"]).toBe('Bearer error="invalid_token"');
          if (operation.method === "HEAD") return;
          expect(detail).toMatch(
            kind === "revoked"
              ? /revoked/
              : kind === "expired"
                ? /expired/
                : /does not know this API key/,
          );
        },
      );
    },
  );

  it.each(SCOPES)(
    "with a key of the scope %s does what that scope may, and no more",
    async (held) => {
      const key = good.get(held)!;
      await forEach(
        (o) => o.scope !== null,
        async (operation) => {
          const needed = operation.scope as Scope;
          const answer = await call(operation, key.headers.authorization);
          if (SCOPES.indexOf(held) >= SCOPES.indexOf(needed)) {
            expect([401, 403]).not.toContain(answer.statusCode);
            expect(answer.statusCode).toBeLessThan(500);
            return;
          }
          const detail = expectRefusal(operation, answer, "forbidden");
          expect(answer.headers["www-authenticate"]).toContain(`scope="${needed}"`);
          if (operation.method === "HEAD") return;
          expect(detail).toContain(`has the scope ${held}; this route needs ${needed}`);
          expect(detail).not.toContain(key.token);
        },
      );
    },
  );

  it("that is public answers anybody", async () => {
    await forEach(
      (o) => o.scope === null,
      async (operation) => {
        for (const authorization of [undefined, ...Object.values(bad)]) {
          expect((await call(operation, authorization)).statusCode).toBe(200);
        }
      },
    );
    for (const url of ["/openapi.json", "/docs", "/docs/static/index.html", "/"]) {
      expect((await api.app.inject(url)).statusCode, url).toBeLessThan(400);
    }
  });
});

describe("a key", () => {
  it("is refused before the body is read", async () => {
    const answer = await api.app.inject({
      method: "POST",
      url: "/v1/jobs/pruning",
      headers: { "content-type": "application/json" },
      payload: "{",
    });
    expectProblem(answer, "unauthenticated");
  });

  it("can come in any case of `Bearer`, but not as a password", async () => {
    const { token } = good.get("read")!;
    const status = async (authorization: string) =>
      (await api.app.inject({ url: "/v1/jobs", headers: { authorization } })).statusCode;
    expect(await status(`bearer ${token}`)).toBe(200);
    expect(await status(`BEARER  ${token} `)).toBe(200);
    expect(await status(`Basic ${Buffer.from(`me:${token}`).toString("base64")}`)).toBe(401);
    expect(await status(token)).toBe(401);
  });

  it("that is revoked is refused from the next request on, in every process", async () => {
    const second = openStore({ databaseUrl: api.databaseUrl, applicationName: "test" });
    const { key, token } = await createApiKey(
      second,
      { name: "for a moment", scope: "read", expiresAt: null },
      "test",
    );
    const headers = { authorization: `Bearer ${token}` };
    expect((await api.app.inject({ url: "/v1/jobs", headers })).statusCode).toBe(200);
    await revokeApiKey(second, key.id, "test");
    await second.close();
    expectProblem(await api.app.inject({ url: "/v1/jobs", headers }), "unauthenticated");
  });

  it("is listed with its purpose and last use, and without its secret", async () => {
    const key = await makeKey(api.store, "read");
    const read = async () =>
      (await listApiKeys(api.store, { limit: 1 })).data.find(({ id }) => id === key.id);
    expect(await read()).toMatchObject({ name: "read good", scope: "read", lastUsedAt: null });
    await api.app.inject({ url: "/v1/jobs", headers: key.headers });
    const used = await read();
    expect(Date.now() - Date.parse(used?.lastUsedAt ?? "")).toBeLessThan(60_000);
    await api.app.inject({ url: "/v1/jobs", headers: key.headers });
    expect(await read()).toEqual(used);
    expect(JSON.stringify(used)).not.toContain(key.token.slice(-43));
  });

  it("has idempotency keys of its own", async () => {
    const send = (scope: Scope, payload: string) =>
      api.app.inject({
        method: "POST",
        url: "/v1/uploads",
        headers: {
          ...good.get(scope)!.headers,
          "content-type": "application/octet-stream",
          "idempotency-key": "the same",
        },
        payload,
      });
    expect((await send("write", "one")).statusCode).toBe(201);
    expect((await send("admin", "two")).statusCode).toBe(201);
    expectProblem(await send("write", "two"), "idempotency-key-reuse");
  });
});

describe("a service without keys", () => {
  it("requires none, and one within a second after the first was created, permanently", async () => {
    const open = await openTestApi();
    try {
      const status = async (authorization?: string) =>
        (
          await open.app.inject({
            url: "/v1/audit",
            headers: authorization ? { authorization } : {},
          })
        ).statusCode;
      expect(await status()).toBe(200);
      expect(await status("Bearer of nothing")).toBe(200);
      const key = await makeKey(open.store, "admin");
      await new Promise((resolve) => setTimeout(resolve, 1_050));
      expect(await status()).toBe(401);
      expect(await status(key.headers.authorization)).toBe(200);
      await revokeApiKey(open.store, key.id, "test");
      expect(await status()).toBe(401);
      expect(await status(key.headers.authorization)).toBe(401);
    } finally {
      await open.close();
    }
  });
});

describe("an address beyond loopback", () => {
  it.each(["0.0.0.0", "::", "10.0.0.1", "api"])("is accepted with a key: %s", async (host) => {
    await expect(assertMayListen({ host, trustedNetwork: false }, api.store)).resolves.toBe(
      undefined,
    );
  });

  it("is refused without one, unless TRUSTED_NETWORK is set", async () => {
    const open = await openTestApi();
    try {
      const ask = (host: string, trustedNetwork: boolean) =>
        assertMayListen({ host, trustedNetwork }, open.store);
      await expect(ask("0.0.0.0", false)).rejects.toThrow(
        /0\.0\.0\.0 is not a loopback address, and no API key is configured; .*winnow keys create.*TRUSTED_NETWORK=true/,
      );
      await expect(ask("0.0.0.0", true)).resolves.toBe(undefined);
      await expect(ask("127.0.0.1", false)).resolves.toBe(undefined);
      await makeKey(open.store, "read", "revoked");
      await expect(ask("0.0.0.0", false)).resolves.toBe(undefined);
    } finally {
      await open.close();
    }
  });

  it("is refused while the database cannot say whether there is one", async () => {
    const store = openStore({
      databaseUrl: "postgresql://a:hush@127.0.0.1:1/c",
      applicationName: "test",
    });
    const refused = assertMayListen({ host: "0.0.0.0", trustedNetwork: false }, store);
    await expect(refused).rejects.toThrow(/the database does not say/);
    await expect(refused).rejects.not.toThrow(/hush/);
    await store.close();
  });
});

it("a route without a scope is for admins only", async () => {
  const app = await openTestApi({
    extend: (instance) => instance.get("/forgotten", async () => ({ secret: true })),
  });
  try {
    const [read, admin] = [await makeKey(app.store, "read"), await makeKey(app.store, "admin")];
    expect((await app.app.inject("/forgotten")).statusCode).toBe(401);
    expect((await app.app.inject({ url: "/forgotten", headers: read.headers })).statusCode).toBe(
      403,
    );
    expect((await app.app.inject({ url: "/forgotten", headers: admin.headers })).statusCode).toBe(
      200,
    );
    expect((await app.app.inject(`/v1/jobs/${id("job")}/nothing`)).statusCode).toBe(404);
  } finally {
    await app.close();
  }
});
