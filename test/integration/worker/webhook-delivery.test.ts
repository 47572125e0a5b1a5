import { setTimeout as sleep } from "node:timers/promises";
import type { Webhook, WebhookDelivery, WebhookWithSecret } from "@winnow/contracts";
import { isPublicAddress, type Network, PUBLIC_NETWORK } from "@winnow/network";
import { requestCancel } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { type DelivererOptions, startDeliverer } from "@winnow/worker";
import { pino } from "pino";
import { Webhook as Signer } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";
import {
  openHttpsServer,
  TEST_CERTIFICATE,
  type TestHttpsServer,
} from "../../support/https-server.js";
import { eventually } from "../../support/jobs.js";
import { queueIngest, seedDataset } from "../../support/seed-data.js";
import { openReceiver, type Receiver } from "../../support/webhook-receiver.js";

let api: TestApi;
let receiver: Receiver;
let secretPlace: TestHttpsServer;
const running: { end(): Promise<void> }[] = [];

/** 127.0.0.1 counts as public here; 127.0.0.2 stays private. */
const network: Network = {
  async resolve(hostname) {
    const address = { "files.test": "127.0.0.1", "private.test": "127.0.0.2" }[hostname];
    if (!address) throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
    return [{ address, family: 4 }];
  },
  allows: (address) => address === "127.0.0.1" || isPublicAddress(address),
  refusal: PUBLIC_NETWORK.refusal,
  ca: TEST_CERTIFICATE,
};

beforeAll(async () => {
  api = await openTestApi();
  secretPlace = await openHttpsServer((_, response) => response.end("secret"), "127.0.0.2");
});

beforeEach(async () => {
  receiver = await openReceiver();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((deliverer) => deliverer.end()));
  await receiver.close();
  await poolOf(api.store).query("DELETE FROM webhooks");
});

afterAll(async () => {
  await secretPlace.close();
  await api.close();
});

function deliver(options: Partial<DelivererOptions> = {}) {
  const deliverer = startDeliverer({
    store: api.store,
    network,
    timeoutMs: 2_000,
    waitsMs: [20, 40, 80],
    pollMs: 20,
    log: pino({ level: "silent" }),
    ...options,
  });
  running.push(deliverer);
  return deliverer;
}

const urlOf = (host = "files.test", port = receiver.port) => `https://${host}:${port}/hook`;

async function ask(method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: object) {
  return api.app.inject({ method, url, ...(payload ? { payload } : {}) });
}

async function make(params: object = {}): Promise<WebhookWithSecret> {
  const response = await ask("POST", "/v1/webhooks", { url: urlOf(), ...params });
  expect(response.statusCode, response.body).toBe(201);
  return response.json();
}

const deliveriesOf = async (webhookId: string): Promise<WebhookDelivery[]> =>
  (await ask("GET", `/v1/webhooks/${webhookId}/deliveries`)).json().data;

/** The endpoint's only delivery, once it has the state. */
const reached = (webhookId: string, state: WebhookDelivery["state"]) =>
  eventually(`a ${state} delivery`, async () =>
    (await deliveriesOf(webhookId)).find((delivery) => delivery.state === state),
  );

/** A job that ends at once. */
async function endJob(): Promise<string> {
  const jobId = await queueIngest(api.store);
  await requestCancel(api.store, jobId);
  return jobId;
}

describe("an endpoint", () => {
  it("shows its secret when it is made and when it is rotated, and never again", async () => {
    const made = await make({ description: "ours" });
    expect(made).toMatchObject({ state: "enabled", kinds: [], disabledReason: null });
    expect(made.events).toEqual(["job.succeeded", "job.failed", "job.cancelled"]);
    expect(Buffer.from(made.secret.replace(/^whsec_/, ""), "base64")).toHaveLength(32);
    const { secret, ...shown } = made;
    expect((await ask("GET", `/v1/webhooks/${made.id}`)).json()).toEqual(shown);
    expect((await ask("GET", "/v1/webhooks")).json().data).toEqual([shown]);

    const rotated = (await ask("POST", `/v1/webhooks/${made.id}/rotate-secret`)).json();
    expect(rotated).toMatchObject({ id: made.id, secret: expect.stringMatching(/^whsec_/) });
    expect(rotated.secret).not.toBe(secret);
    const patched = await ask("PATCH", `/v1/webhooks/${made.id}`, { kinds: ["pruning"] });
    expect(patched.json()).toEqual({ ...shown, kinds: ["pruning"] });
    for (const path of ["", "/deliveries"]) {
      expect((await ask("GET", `/v1/webhooks/${made.id}${path}`)).body).not.toContain("whsec_");
    }
  });

  it("is rotated and pinged once for one Idempotency-Key", async () => {
    const made = await make();
    const twice = async (what: string) => {
      const request = () =>
        api.app.inject({
          method: "POST",
          url: `/v1/webhooks/${made.id}/${what}`,
          headers: { "idempotency-key": `${what} once` },
        });
      const [first, second] = [await request(), await request()];
      expect(second.headers["idempotent-replayed"]).toBe("true");
      expect([second.statusCode, second.json()]).toEqual([first.statusCode, first.json()]);
      return first.json();
    };
    expect((await twice("rotate-secret")).secret).not.toBe(made.secret);
    const ping = await twice("ping");
    const { data } = (await ask("GET", `/v1/webhooks/${made.id}/deliveries`)).json();
    expect(data.map((delivery: { id: string }) => delivery.id)).toEqual([ping.id]);
    const { rows } = await poolOf(api.store).query(
      "SELECT action FROM audit_entries WHERE resource = $1 ORDER BY id",
      [made.id],
    );
    expect(rows.map(({ action }) => action)).toEqual([
      "createWebhook",
      "rotateWebhookSecret",
      "pingWebhook",
    ]);
    await poolOf(api.store).query("DELETE FROM idempotency_keys");
  });

  it("is made once for one Idempotency-Key, and the stored answer holds no secret", async () => {
    const request = () =>
      api.app.inject({
        method: "POST",
        url: "/v1/webhooks",
        payload: { url: urlOf() },
        headers: { "idempotency-key": "once" },
      });
    const [first, second] = [await request(), await request()];
    expect(second.headers["idempotent-replayed"]).toBe("true");
    expect(second.json()).toEqual(first.json());
    const { rows } = await poolOf(api.store).query("SELECT response::text FROM idempotency_keys");
    expect(rows).toHaveLength(1);
    expect(rows[0].response).not.toContain("whsec_");
  });

  it.each([
    ["http://example.org/", "/url"],
    ["https://user:password@example.org/", "/url"],
    ["file:///etc/passwd", "/url"],
    ["nonsense", "/url"],
  ])("is not made for %s", async (url, pointer) => {
    const problem = expectProblem(await ask("POST", "/v1/webhooks", { url }), "validation-failed");
    expect(problem.errors[0]?.pointer).toBe(pointer);
  });

  it("that does not exist is a 404 at every route", async () => {
    const base = "/v1/webhooks/wh_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";
    const answers = [
      await ask("GET", base),
      await ask("PATCH", base, { state: "disabled" }),
      await ask("DELETE", base),
      await ask("POST", `${base}/rotate-secret`),
      await ask("POST", `${base}/ping`),
      await ask("GET", `${base}/deliveries`),
      await ask("POST", `${base}/deliveries/msg_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59/redeliver`),
    ];
    for (const answer of answers) expectProblem(answer, "webhook-not-found");
    const noDelivery = await ask("POST", `${base}/deliveries/msg_1/redeliver`);
    expect(expectProblem(noDelivery, "webhook-delivery-not-found").detail).toContain("msg_1");
  });
});

describe("the end of a job", () => {
  it("reaches the endpoint signed, small and without any text", async () => {
    const hook = await make();
    const jobId = await endJob();
    deliver();
    const delivery = await reached(hook.id, "delivered");
    expect(delivery).toMatchObject({ jobId, type: "job.cancelled", attempts: 1, lastStatus: 204 });
    expect(receiver.received).toHaveLength(1);
    const [message] = receiver.received;
    if (!message) throw new Error("nothing came");
    expect(message.headers["webhook-id"]).toBe(delivery.id);
    expect(message.headers["content-type"]).toBe("application/json");
    const { type, data } = receiver.verified(message, hook.secret);
    expect(type).toBe("job.cancelled");
    expect(data).toMatchObject({ jobId, kind: "dataset-ingest", state: "cancelled" });
    expect(data.links).toEqual({ job: `/v1/jobs/${jobId}`, events: `/v1/jobs/${jobId}/events` });
    expect(message.body.length).toBeLessThan(1024);
    // With one byte changed, or another secret, the library refuses.
    const changed = { ...message, body: message.body.replace("cancelled", "succeeded") };
    expect(() => receiver.verified(changed, hook.secret)).toThrow();
    const other = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
    expect(() => receiver.verified(message, other)).toThrow();
  });

  it("is sent to the endpoints that subscribe to it, by event and by kind", async () => {
    const all = await make();
    const failures = await make({ events: ["job.failed"] });
    const prunings = await make({ kinds: ["pruning"] });
    const ingests = await make({ kinds: ["dataset-ingest"], events: ["job.succeeded"] });
    const off = await make();
    await ask("PATCH", `/v1/webhooks/${off.id}`, { state: "disabled" });
    await seedDataset(api.store);
    const types = async (hook: Webhook) => (await deliveriesOf(hook.id)).map(({ type }) => type);
    expect(await types(all)).toEqual(["job.succeeded"]);
    expect(await types(ingests)).toEqual(["job.succeeded"]);
    for (const hook of [failures, prunings, off]) expect(await types(hook)).toEqual([]);
  });

  it("that was rolled back is sent to none", async () => {
    const hook = await make();
    const jobId = await queueIngest(api.store);
    // The commit of the end fails, after the delivery was written.
    await poolOf(api.store).query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'refused with % deliveries',
         (SELECT count(*) FROM webhook_deliveries); END $$;
       CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON jobs DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW WHEN (NEW.state = 'cancelled') EXECUTE FUNCTION refuse()`,
    );
    try {
      await expect(requestCancel(api.store, jobId)).rejects.toThrow("refused with 1 deliveries");
    } finally {
      await poolOf(api.store).query("DROP FUNCTION refuse CASCADE");
    }
    expect(await deliveriesOf(hook.id)).toEqual([]);
  });
});

describe("a receiver", () => {
  it("that fails three times gets the same message a fourth time", async () => {
    const hook = await make();
    receiver.answer = (_, response) =>
      response.writeHead(receiver.received.length <= 3 ? 500 : 200).end("anything");
    await endJob();
    deliver();
    expect(await reached(hook.id, "delivered")).toMatchObject({ attempts: 4, lastStatus: 200 });
    expect(receiver.received).toHaveLength(4);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    for (const message of receiver.received) receiver.verified(message, hook.secret);
    expect((await ask("GET", `/v1/webhooks/${hook.id}`)).json().failingSince).toBeNull();
  });

  it("that always fails leaves a dead delivery that can be sent again", async () => {
    const hook = await make();
    receiver.answer = (_, response) => response.writeHead(503).end();
    await endJob();
    deliver();
    const dead = await reached(hook.id, "dead");
    expect(dead).toMatchObject({ attempts: 4, lastStatus: 503, lastError: "it answers 503" });
    expect(dead.nextAttemptAt).toBeNull();
    expect((await ask("GET", `/v1/webhooks/${hook.id}`)).json().failingSince).not.toBeNull();
    receiver.answer = (_, response) => response.writeHead(200).end();
    const path = `/v1/webhooks/${hook.id}/deliveries/${dead.id}/redeliver`;
    expect((await ask("POST", path)).statusCode).toBe(202);
    expect(await reached(hook.id, "delivered")).toMatchObject({ id: dead.id, attempts: 1 });
    expect(receiver.received.at(-1)?.headers["webhook-id"]).toBe(dead.id);
  });

  it("that hangs is given up, and delays no other", async () => {
    const hanging = await make();
    receiver.answer = () => {};
    const quick = await openReceiver();
    const other = await make({ url: urlOf("files.test", quick.port) });
    for (let i = 0; i < 8; i++) await endJob();
    const patient = deliver({ timeoutMs: 600_000 });
    await eventually("eight messages", async () => quick.received.length === 8);
    const waiting = await deliveriesOf(hanging.id);
    expect(waiting.map(({ state }) => state)).toEqual(Array.from({ length: 8 }, () => "pending"));
    await patient.end();
    await poolOf(api.store).query(
      "UPDATE webhook_deliveries SET next_attempt_at = now() WHERE state = 'pending'",
    );
    deliver({ timeoutMs: 300, waitsMs: [] });
    const dead = await reached(hanging.id, "dead");
    expect(dead).toMatchObject({ lastStatus: null, lastError: "no answer within 0.3 s" });
    expect((await deliveriesOf(other.id)).map(({ state }) => state)).toEqual(
      Array.from({ length: 8 }, () => "delivered"),
    );
    await quick.close();
  });

  it("that redirects to a private address is not followed: no connection is made", async () => {
    const hook = await make();
    receiver.answer = (_, response) =>
      response.writeHead(302, { location: urlOf("127.0.0.2", secretPlace.port) }).end();
    await endJob();
    deliver({ waitsMs: [10] });
    expect(await reached(hook.id, "dead")).toMatchObject({
      attempts: 2,
      lastStatus: 302,
      lastError: expect.stringContaining("redirects are not followed"),
    });
    expect(receiver.received).toHaveLength(2);
    expect(secretPlace.connections()).toBe(0);
  });

  it.each(["127.0.0.2", "private.test", "127.2", "0x7f.0.0.2", "[::ffff:127.0.0.2]", "2130706434"])(
    "at %s, an inner address, is never connected to",
    async (host) => {
      const hook = await make({ url: urlOf(host, secretPlace.port) });
      await endJob();
      deliver({ waitsMs: [] });
      expect(await reached(hook.id, "dead")).toMatchObject({
        lastStatus: null,
        lastError: "The URL leads to an address that is not public.",
      });
      expect(secretPlace.connections()).toBe(0);
    },
  );

  it("that is gone (410), or has failed for too long, is disabled with the reason", async () => {
    const gone = await make();
    receiver.answer = (_, response) => response.writeHead(410).end();
    await endJob();
    const first = deliver();
    const disabled = (id: string) =>
      eventually("a disabled webhook", async () => {
        const hook: Webhook = (await ask("GET", `/v1/webhooks/${id}`)).json();
        return hook.state === "disabled" && hook;
      });
    expect((await disabled(gone.id)).disabledReason).toBe("the receiver answered 410 Gone");
    await first.end();

    receiver.answer = (_, response) => response.writeHead(500).end();
    const failing = await make();
    await endJob();
    await endJob();
    deliver({ waitsMs: [30, 30, 30, 30, 30, 30, 30, 30], disableAfterMs: 100 });
    expect((await disabled(failing.id)).disabledReason).toMatch(
      /^no delivery has succeeded since 20..-.*; the last error: it answers 500$/,
    );
    expect((await deliveriesOf(failing.id)).map(({ state }) => state)).toEqual(["dead", "dead"]);
    expectProblem(await ask("POST", `/v1/webhooks/${failing.id}/ping`), "webhook-disabled");

    // When it is enabled again, its failures are forgotten.
    receiver.answer = (_, response) => response.writeHead(204).end();
    await ask("PATCH", `/v1/webhooks/${failing.id}`, { state: "enabled" });
    expect((await ask("POST", `/v1/webhooks/${failing.id}/ping`)).statusCode).toBe(202);
    expect(await reached(failing.id, "delivered")).toMatchObject({ type: "ping", jobId: null });
  });
});

it("after a rotation both secrets sign, until the old one expires", async () => {
  const hook = await make();
  const { secret } = (await ask("POST", `/v1/webhooks/${hook.id}/rotate-secret`)).json();
  deliver();
  await ask("POST", `/v1/webhooks/${hook.id}/ping`);
  await eventually("the ping", async () => receiver.received.length === 1);
  for (const each of [secret, hook.secret]) {
    expect(receiver.verified(receiver.received[0]!, each)).toMatchObject({ type: "ping" });
  }
  await poolOf(api.store).query("UPDATE webhooks SET old_secret_until = now()");
  await ask("POST", `/v1/webhooks/${hook.id}/ping`);
  await eventually("the second ping", async () => receiver.received.length === 2);
  const { headers, body } = receiver.received[1]!;
  expect(new Signer(secret).verify(body, headers)).toMatchObject({ type: "ping" });
  expect(() => new Signer(hook.secret).verify(body, headers)).toThrow();
});

it("four senders at once send each message once", async () => {
  const hook = await make();
  for (let i = 0; i < 40; i++) await endJob();
  for (let i = 0; i < 4; i++) deliver();
  await eventually("forty messages", async () => receiver.received.length >= 40);
  await eventually("all of them to be noted", async () =>
    (await deliveriesOf(hook.id)).every(({ state }) => state !== "pending"),
  );
  await sleep(200);
  expect(receiver.received).toHaveLength(40);
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(40);
  const states = (await deliveriesOf(hook.id)).map(({ state, attempts }) => [state, attempts]);
  expect(states).toEqual(Array.from({ length: 40 }, () => ["delivered", 1]));
});

it("the deletion of an endpoint while a job ends fails neither", async () => {
  const hook = await make();
  const jobs = await Promise.all(Array.from({ length: 10 }, () => queueIngest(api.store)));
  await Promise.all([
    ...jobs.map((jobId) => requestCancel(api.store, jobId)),
    ask("DELETE", `/v1/webhooks/${hook.id}`),
  ]);
  const { rows } = await poolOf(api.store).query(
    "SELECT count(*)::int AS n FROM jobs WHERE id = ANY($1) AND state = 'cancelled'",
    [jobs],
  );
  expect(rows[0].n).toBe(10);
  expect((await poolOf(api.store).query("SELECT 1 FROM webhook_deliveries")).rowCount).toBe(0);
});
