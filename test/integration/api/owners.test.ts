import { setTimeout as sleep } from "node:timers/promises";
import { SCOPES, type Scope } from "@winnow/contracts";
import { createApiKey } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { id as idOf, openTestApi, type TestApi } from "../../support/api.js";
import { generate } from "../../support/json-schema.js";
import { makeKey, type TestKey } from "../../support/keys.js";
import { type Operation, readOpenapi } from "../../support/openapi.js";
import { seedPruning } from "../../support/seed-data.js";

type Ids = Readonly<Record<string, string>>;

let api: TestApi;
let operations: Operation[];
let schemas: Record<string, object>;
/** Keys that see only their own, by scope; each has made one resource of every kind. */
const owners = new Map<Scope, { key: TestKey; own: Ids }>();
/** What somebody else made, and what was made without a key. */
let strangers: Ids[];

const ID = /\b(?:job|ds|cv|pr|up|wh|msg|key|rv|rs)_[0-9a-f-]{36}\b/g;
const TABLES = ["jobs", "datasets", "cross_validations", "prunings", "uploads", "webhooks"];

beforeAll(async () => {
  api = await openTestApi();
  strangers = [await makeAll(null), await makeAll((await makeKey(api.store, "admin")).id)];
  for (const scope of SCOPES) {
    const { key, token } = await createApiKey(
      api.store,
      { name: scope, scope, expiresAt: null, ownerOnly: true },
      "test",
    );
    const headers = { authorization: `Bearer ${token}` };
    owners.set(scope, { key: { id: key.id, token, headers }, own: await makeAll(key.id) });
  }
  // Only now: without a key no operation asks for one.
  ({ operations, schemas } = await readOpenapi(api.app));
  // What is deleted cannot be looked at any more.
  operations.sort((a, b) => Number(a.method === "DELETE") - Number(b.method === "DELETE"));
});
afterAll(() => api.close());

/** One resource of every kind, made by the key; the ids by their prefix. */
async function makeAll(keyId: string | null): Promise<Ids> {
  const seeded = await seedPruning(api.store);
  const [up, wh, msg, key, rv, rs] = ["up", "wh", "msg", "key", "rv", "rs"].map((prefix) =>
    idOf(prefix, made++),
  ) as [string, string, string, string, string, string];
  const pool = poolOf(api.store);
  // A file of equal content must not lead to the datasets of others.
  await pool.query("UPDATE datasets SET sha256 = 'same', owner_id = $2 WHERE id = $1", [
    seeded.datasetId,
    keyId,
  ]);
  await pool.query(
    "INSERT INTO uploads (id, bytes, sha256, storage_key, owner_id) VALUES ($1, 4, repeat('a', 64), $1, $2)",
    [up, keyId],
  );
  await pool.query(
    "INSERT INTO webhooks (id, url, events, kinds, secret, owner_id) VALUES ($1, 'https://a.example', '{job.failed}', '{}', 's', $2)",
    [wh, keyId],
  );
  await pool.query(
    "INSERT INTO webhook_deliveries (id, webhook_id, type, body) VALUES ($1, $2, 'ping', '{}')",
    [msg, wh],
  );
  const { jobId, pruningJobId, datasetId: ds, crossValidationId: cv, pruningId: pr } = seeded;
  await pool.query("UPDATE cross_validations SET owner_id = $2 WHERE id = $1", [cv, keyId]);
  await pool.query("UPDATE prunings SET owner_id = $2 WHERE id = $1", [pr, keyId]);
  const experiment = idOf("job", made++);
  await pool.query(
    "INSERT INTO jobs (id, kind, state, params, dataset_id) VALUES ($1, 'experiment', 'succeeded', $2, $3)",
    [experiment, JSON.stringify({ datasetId: ds }), ds],
  );
  await pool.query("UPDATE jobs SET owner_id = $2 WHERE dataset_id = $1", [ds, keyId]);
  await pool.query(
    "INSERT INTO review_actions (id, dataset_id, actor_id, rows) VALUES ($1, $2, $3, 0)",
    [rv, ds, keyId],
  );
  await pool.query(
    `INSERT INTO review_samples (id, dataset_id, pruning_id, seed, half_width, flagged_rows, unflagged_rows, actor_id)
     VALUES ($1, $2, $3, 1, 0.1, 0, 0, $4)`,
    [rs, ds, pr, keyId],
  );
  await pool.query(
    "INSERT INTO audit_entries (key_id, action, resource, outcome) VALUES ($1, 'test', $2, 'ok')",
    [keyId, ds],
  );
  return {
    job: jobId,
    ds,
    cv,
    pr,
    up,
    wh,
    msg,
    rv,
    rs,
    key: keyId ?? key,
    pruningJob: pruningJobId,
    experiment,
  };
}
let made = 1;

const prefixOf = ({ path }: Operation): string | undefined =>
  PREFIXES.find(([start]) => path.startsWith(`/v1/${start}/{id}`))?.[1];
const PREFIXES = [
  ["jobs", "job"],
  ["datasets", "ds"],
  ["cross-validations", "cv"],
  ["prunings", "pr"],
  ["uploads", "up"],
  ["webhooks", "wh"],
  ["review-samples", "rs"],
  ["experiments", "experiment"],
] as const;
/** The prefixes of ids that are kept by another name. */
const OF_JOBS = ["pruningJob", "experiment"];

/** Sends the operation with these ids in its path, and in its body wherever the contract wants one. */
async function send(
  operation: Operation,
  ids: Ids,
  headers: Record<string, string>,
  body: unknown,
  query = "",
) {
  const path = operation.path
    .replace("{id}", ids[prefixOf(operation) ?? ""] ?? "none")
    .replace("{deliveryId}", ids.msg ?? "")
    .replace("{fold}", "0")
    .replace("{file}", "config.json");
  const url = path + query;
  const isJson = operation.body?.types["application/json"] !== undefined;
  const type = isJson ? "application/json" : "application/octet-stream";
  const ask = () =>
    api.app.inject({
      method: operation.method,
      url,
      headers: {
        ...headers,
        ...(operation.body ? { "content-type": type } : {}),
        ...(operation.operationId === "appendUpload" ? { "content-range": "bytes 0-3/4" } : {}),
      },
      ...(operation.body ? { payload: isJson ? JSON.stringify(body) : "abcd" } : {}),
    });
  let answer = await ask();
  // Where bodies are made, the event loop stands still, and the next requests are turned away.
  while (answer.statusCode === 503 && answer.json().code === "overloaded") {
    await sleep(500);
    answer = await ask();
  }
  return { status: answer.statusCode, body: answer.body, sent: `${url} ${JSON.stringify(body)}` };
}

/** Bodies that fit the contract, with these ids wherever it wants one. */
function bodiesOf({ body }: Operation, ids: Ids, some = 6): unknown[] {
  const schema = body?.types["application/json"];
  if (!schema) return [undefined];
  const known = (inner: object) => {
    const { pattern = "" } = inner as { pattern?: string };
    return ids[/^\^([a-z]+)_/.exec(pattern)?.[1] ?? ""];
  };
  return fc.sample(generate(schema, schemas, known), { numRuns: some, seed: 20261126 });
}

/** Ids that nothing has, by the same names. */
const absentFor = (ids: Ids): Ids =>
  Object.fromEntries(
    Object.keys(ids).map((prefix, n) => [
      prefix,
      idOf(OF_JOBS.includes(prefix) ? "job" : prefix, 0xdead + n),
    ]),
  );

/** Whether the request came as far as the search for what its id names. */
const isSearched = ({ status, body }: { status: number; body: string }) =>
  status >= 400 && JSON.parse(body).code !== "invalid-parameters";
const isFilter = ({ operationId }: Operation) => operationId === "cancelJobs";

const kindOf = (schema: object): string | undefined =>
  /^\^([a-z]+)_/.exec((schema as { pattern?: string }).pattern ?? "")?.[1];

/** Whether the contract wants an id in its query, or anywhere in its body. */
function takesIds({ parameters, body }: Operation): boolean {
  let found = parameters.some(
    ({ in: place, schema }) => place === "query" && kindOf(schema) !== undefined,
  );
  const schema = body?.types["application/json"];
  const note = (inner: object) => {
    if (kindOf(inner)) found = true;
    return undefined;
  };
  if (schema) fc.sample(generate(schema, schemas, note), 1);
  return found;
}

interface Way {
  readonly query: string;
  readonly body: unknown;
}

/** Queries and bodies with these ids, each body also with one of them alone among the key's own. */
function waysIn(operation: Operation, ids: Ids, own: Ids): Way[] {
  const queries = operation.parameters.flatMap(({ in: place, name, schema }) => {
    const id = place === "query" ? ids[kindOf(schema) ?? ""] : undefined;
    return id === undefined ? [] : [`?${name}=${id}`];
  });
  const named = Object.values(ids);
  // Most bodies of a long schema name nothing that is there.
  const bodies = bodiesOf(operation, ids, 16)
    .map((body) => JSON.stringify(body) ?? "null")
    .filter((text) => named.some((id) => text.includes(id)))
    .slice(0, 8);
  const mixed = bodies.flatMap((text) => {
    const places = [...text.matchAll(ID)].map(({ index }) => index);
    if (places.length < 2) return [];
    return places.map((kept) =>
      text.replaceAll(ID, (id, at: number) => (at === kept ? id : (own[id.split("_")[0]!] ?? id))),
    );
  });
  return [
    ...queries.map((query) => ({ query, body: undefined })),
    ...[...new Set([...bodies, ...mixed])].map((text) => ({ query: "", body: JSON.parse(text) })),
  ];
}

/** The same with other ids of the same names. */
const withIds = ({ query, body }: Way, from: Ids, to: Ids): Way => {
  const all = Object.keys(from).reduce(
    (text, prefix) => text.replaceAll(from[prefix]!, to[prefix]!),
    JSON.stringify([query, body ?? null]),
  );
  const [newQuery, newBody] = JSON.parse(all) as [string, unknown];
  return { query: newQuery, body: newBody };
};

/** Every row of what the strangers made. */
async function rowsOfStrangers(): Promise<string> {
  const { key } = strangers[1]!;
  const rows = await Promise.all(
    TABLES.map((table) =>
      poolOf(api.store).query(
        `SELECT row_to_json(t)::text AS row FROM ${table} t
         WHERE owner_id IS NULL OR owner_id = $1 ORDER BY id`,
        [key],
      ),
    ),
  );
  const reviews = await poolOf(api.store).query(
    `SELECT row_to_json(a)::text AS row FROM review_actions a JOIN datasets d ON d.id = dataset_id
     WHERE owner_id IS NULL OR owner_id = $1 ORDER BY a.id`,
    [key],
  );
  return JSON.stringify([...rows, reviews].map((found) => found.rows));
}

const mayCall = (held: Scope, { scope }: Operation) =>
  scope === null || SCOPES.indexOf(held) >= SCOPES.indexOf(scope);

describe.each(SCOPES)("a key of the scope %s that sees only what it made", (scope) => {
  it("sees and changes nothing of others on any route of the contract", async () => {
    const { key } = owners.get(scope)!;
    const before = await rowsOfStrangers();
    const foreign = new Set(strangers.flatMap((ids) => Object.values(ids)));
    const absent = absentFor(strangers[0]!);
    const plain = (text: string, ids: Ids) =>
      Object.entries(ids)
        .reduce((all, [prefix, id]) => all.replaceAll(id, `<${prefix}>`), text)
        .replaceAll(/"requestId":"[^"]*"/g, "");
    for (const operation of operations) {
      for (const theirs of strangers) {
        const bodies = bodiesOf(operation, theirs);
        const likewise = bodiesOf(operation, absent);
        for (const [n, body] of bodies.entries()) {
          const answer = await send(operation, theirs, key.headers, body);
          const where = `${operation.method} ${answer.sent}: ${answer.status} ${answer.body}`;
          expect(answer.status, where).toBeLessThan(500);
          if (!mayCall(scope, operation)) expect(answer.status, where).toBe(403);
          if (operation.operationId === "listAudit" && answer.status === 200) {
            // What it asked in vain is its own doing.
            const { data } = JSON.parse(answer.body) as { data: { keyId: string | null }[] };
            expect(data.filter(({ keyId }) => keyId !== key.id)).toEqual([]);
            continue;
          }
          const told = (answer.body.match(ID) ?? []).filter((id) => foreign.has(id));
          expect(
            told.filter((id) => !answer.sent.includes(id)),
            where,
          ).toEqual([]);
          if (!operation.path.includes("{id}")) continue;
          // The answer for what does not exist, to the letter.
          const none = await send(operation, absent, key.headers, likewise[n]);
          expect(answer.status, where).toBeGreaterThanOrEqual(400);
          expect([answer.status, plain(answer.body, theirs)], where).toEqual([
            none.status,
            plain(none.body, absent),
          ]);
        }
      }
    }
    expect(await rowsOfStrangers()).toBe(before);
  }, 540_000);

  it("reaches nothing of others, by no query and no body, beside its own ids or without", async () => {
    const { key, own } = owners.get(scope)!;
    const before = await rowsOfStrangers();
    const [tried, searched] = [new Set<string>(), new Set<string>()];
    const called = operations.filter((o) => o.method !== "DELETE" && mayCall(scope, o));
    for (const operation of called) {
      const isList = operation.method === "GET" && !operation.path.includes("{id}");
      const ways = waysIn(operation, strangers[0]!, own);
      for (const theirs of strangers) {
        const absent = absentFor(theirs);
        for (const way of ways) {
          const { query, body } = withIds(way, strangers[0]!, theirs);
          const text = query + JSON.stringify(body ?? null);
          const named = Object.keys(theirs).filter((prefix) => text.includes(theirs[prefix]!));
          if (named.length === 0) continue;
          tried.add(operation.operationId);
          const answer = await send(operation, own, key.headers, body, query);
          const other = withIds(way, strangers[0]!, absent);
          const none = await send(operation, own, key.headers, other.body, other.query);
          const plain = ({ body: told }: { body: string }, ids: Ids) =>
            named
              .reduce((all, prefix) => all.replaceAll(ids[prefix]!, `<${prefix}>`), told)
              .replaceAll(/"requestId":"[^"]*"/g, "");
          if (operation.operationId === "listAudit") {
            // What it asked in vain is its own doing.
            const { data } = JSON.parse(answer.body) as { data: { keyId: string | null }[] };
            expect(data.filter(({ keyId }) => keyId !== key.id)).toEqual([]);
            continue;
          }
          expect([answer.status, plain(answer, theirs)], answer.sent).toEqual([
            none.status,
            plain(none, absent),
          ]);
          // A filter picks nothing of others.
          if (isList) expect(JSON.parse(answer.body).data, answer.sent).toEqual([]);
          else if (isFilter(operation) && answer.status === 200) {
            expect(JSON.parse(answer.body), answer.sent).toMatchObject({ matched: 0 });
          } else expect(answer.status, answer.sent).toBeGreaterThanOrEqual(400);
          if (isSearched(answer)) searched.add(operation.operationId);
        }
      }
    }
    // None is missing: what takes an id beyond that of its path was tried with one of others.
    const taking = called.filter((o) => takesIds(o));
    expect([...tried].sort()).toEqual(taking.map((o) => o.operationId).sort());
    // And it came as far as the search for what the id names. A drawn ingest is refused before; it has a
    // test of its own below.
    const isRefusedBefore = (o: Operation) =>
      isFilter(o) || o.operationId === "createDatasetIngest";
    for (const operation of taking.filter((o) => o.body && !isRefusedBefore(o))) {
      expect([...searched]).toContain(operation.operationId);
    }
    expect(taking.length).toBeGreaterThan(scope === "read" ? 4 : 12);
    expect(await rowsOfStrangers()).toBe(before);
  }, 540_000);

  it("sees its own by every GET that has an id, and finds it in every list", async () => {
    const { key, own } = owners.get(scope)!;
    const open = operations.filter((o) => o.method === "GET" && mayCall(scope, o));
    expect(open.length).toBeGreaterThan(20);
    for (const operation of open) {
      const answer = await send(operation, own, key.headers, undefined);
      const where = `${operation.path}: ${answer.status} ${answer.body.slice(0, 300)}`;
      if (operation.operationId === "metrics") {
        expect(answer.status, where).toBe(403);
        continue;
      }
      // The model that no training kept is not there for anybody.
      if (operation.operationId === "getModelFile") continue;
      // Its job is of another kind.
      if (operation.path.includes("/findings/")) {
        expect(answer.body, where).toContain("findings-not-found");
        continue;
      }
      expect(answer.status, where).toBe(200);
      const listed = PREFIXES.find(([start]) => operation.path === `/v1/${start}`)?.[1];
      if (listed) expect(answer.body, where).toContain(own[listed]);
    }
  });
});

it("every route with an id in its path is sent the id of what it names", () => {
  const unknown = operations.filter((o) => o.path.includes("{id}") && !prefixOf(o));
  expect(unknown.map((o) => o.path)).toEqual([]);
});

it("every route that has no id in its path says what it is to such a key", async () => {
  const { key } = owners.get("admin")!;
  const refused: string[] = [];
  for (const operation of operations) {
    if (operation.scope === null || operation.path.includes("{id}")) continue;
    const [body] = bodiesOf(operation, owners.get("admin")!.own, 1);
    const answer = await send(operation, {}, key.headers, body);
    if (answer.status === 403) refused.push(operation.operationId);
  }
  expect(refused).toEqual(["metrics"]);
});

it("what is not in the contract is closed to such a key, though it is an admin's", async () => {
  const app = await openTestApi({
    databaseUrl: api.databaseUrl,
    extend: (instance) => {
      instance.get("/forgotten", async () => ({ secret: true }));
      instance.get("/forgotten/:id", async () => ({ secret: true }));
    },
  });
  try {
    const { headers } = owners.get("admin")!.key;
    for (const url of ["/forgotten", "/forgotten/1", `/forgotten/${idOf("xy")}`]) {
      expect((await app.app.inject({ url, headers })).statusCode, url).toBe(403);
    }
  } finally {
    await app.close();
  }
});

describe("what a key makes is its own", () => {
  const post = (url: string, key: TestKey, payload: object | string) =>
    api.app.inject({
      method: "POST",
      url,
      headers: {
        ...key.headers,
        "content-type": typeof payload === "string" ? "text/csv" : "application/json",
      },
      payload,
    });
  const format = { type: "csv", textColumn: "text", labelColumn: "label" };

  it("from the upload to the pruning, whoever retries it", async () => {
    const { key, own } = owners.get("write")!;
    const up = await post("/v1/uploads", key, "text,label\na,b\nc,d\n");
    expect(up.statusCode).toBe(201);
    const source = { type: "upload", uploadId: up.json().id };
    const ingest = await post("/v1/jobs/dataset-ingest", key, { name: "own", source, format });
    expect(ingest.statusCode).toBe(202);
    const training = await post("/v1/jobs/fold-training", key, { datasetId: own.ds, folds: 2 });
    const imported = await post("/v1/jobs/probability-import", key, {
      datasetId: own.ds,
      probabilities: { uploadId: own.up },
    });
    const pruning = await post("/v1/jobs/pruning", key, { crossValidationId: own.cv });
    const keyed = await api.app.inject({
      method: "POST",
      url: "/v1/jobs/pruning",
      headers: { ...key.headers, "idempotency-key": "once" },
      payload: { crossValidationId: own.cv },
    });
    for (const [answer, path] of [
      [ingest, "datasets"],
      [training, "cross-validations"],
      [pruning, "prunings"],
      [keyed, "prunings"],
      ...(imported.statusCode === 202 ? [[imported, "cross-validations"] as const] : []),
    ] as const) {
      expect(answer.statusCode, answer.body).toBe(202);
      const job = answer.json();
      const id = { datasets: job.datasetId, prunings: job.pruningId }[path as string];
      const url = `/v1/${path}/${id ?? job.crossValidationId}`;
      expect((await api.app.inject({ url, headers: key.headers })).statusCode, url).toBe(200);
      expect(
        (await api.app.inject({ url, headers: owners.get("read")!.key.headers })).statusCode,
      ).toBe(404);
    }
    // Somebody who may do everything retries it: that job is theirs, the dataset is not.
    const admin = await makeKey(api.store, "admin");
    const jobId = ingest.json().id;
    await api.app.inject({
      method: "POST",
      url: `/v1/jobs/${jobId}/cancel`,
      headers: admin.headers,
    });
    const again = await post(`/v1/jobs/${jobId}/retry`, admin, {});
    expect(again.statusCode, again.body).toBe(202);
    const at = (url: string) => api.app.inject({ url, headers: key.headers });
    expect((await at(`/v1/jobs/${again.json().id}`)).statusCode).toBe(404);
    expect((await at(`/v1/datasets/${ingest.json().datasetId}`)).statusCode).toBe(200);
  });

  it("and nothing of others can be read into it", async () => {
    const { key, own } = owners.get("write")!;
    for (const theirs of strangers) {
      for (const [url, payload, code] of [
        [
          "/v1/jobs/dataset-ingest",
          { name: "x", source: { type: "upload", uploadId: theirs.up }, format },
          "upload-not-found",
        ],
        [
          "/v1/jobs/dataset-ingest",
          {
            name: "x",
            source: { type: "dataset", datasetId: theirs.ds },
            sampling: { perClass: 1, seed: 1 },
          },
          "dataset-not-found",
        ],
        ["/v1/jobs/fold-training", { datasetId: theirs.ds, folds: 2 }, "dataset-not-found"],
        [
          "/v1/jobs/fold-training",
          {
            datasetId: own.ds,
            folds: 2,
            training: { softTargets: { type: "pruning", pruningId: theirs.pr } },
          },
          "pruning-not-found",
        ],
        ["/v1/jobs/pruning", { crossValidationId: theirs.cv }, "cross-validation-not-found"],
      ] as const) {
        for (const query of ["", "?validateOnly=true"]) {
          const answer = await post(url + query, key, payload);
          expect([answer.json().code, answer.statusCode], answer.body).toEqual([code, 404]);
        }
      }
    }
  });

  it("and goes with its runs only if these are its own too", async () => {
    const { key, own } = owners.get("write")!;
    const pool = poolOf(api.store);
    await pool.query("UPDATE prunings SET owner_id = 'somebody' WHERE id = $1", [own.pr]);
    await pool.query(
      "UPDATE jobs SET state = 'cancelled' WHERE owner_id = $1 AND state = 'queued'",
      [key.id],
    );
    for (const url of [`/v1/datasets/${own.ds}`, `/v1/cross-validations/${own.cv}`]) {
      const gone = await api.app.inject({ method: "DELETE", url, headers: key.headers });
      expect([gone.statusCode, gone.json().code], gone.body).toEqual([403, "forbidden"]);
      const seen = await api.app.inject({ url: `${url}/deletion`, headers: key.headers });
      expect(seen.statusCode).toBe(403);
      expect(gone.body + seen.body).not.toContain(own.pr);
    }
    await pool.query("UPDATE prunings SET owner_id = $2 WHERE id = $1", [own.pr, key.id]);
    const url = `/v1/cross-validations/${own.cv}`;
    const gone = await api.app.inject({ method: "DELETE", url, headers: key.headers });
    expect(gone.statusCode, gone.body).toBe(204);
  });
});

it("a webhook of such a key hears of its own jobs only", async () => {
  const { key, own } = owners.get("admin")!;
  const made = await api.app.inject({
    method: "POST",
    url: "/v1/webhooks",
    headers: key.headers,
    payload: { url: "https://own.example/hook", events: ["job.cancelled"] },
  });
  expect(made.statusCode).toBe(201);
  const cancel = async (keyId: string | null, cv: string | undefined) => {
    const posted = await api.app.inject({
      method: "POST",
      url: "/v1/jobs/pruning",
      headers: (await makeKey(api.store, "admin")).headers,
      payload: { crossValidationId: cv },
    });
    const { id } = posted.json();
    await poolOf(api.store).query("UPDATE jobs SET owner_id = $2 WHERE id = $1", [id, keyId]);
    const headers = (await makeKey(api.store, "admin")).headers;
    await api.app.inject({ method: "POST", url: `/v1/jobs/${id}/cancel`, headers });
    return id as string;
  };
  await cancel(null, strangers[0]!.cv);
  await cancel(strangers[1]!.key!, strangers[1]!.cv);
  const mine = await cancel(key.id, own.cv);
  const told = await api.app.inject({
    url: `/v1/webhooks/${made.json().id}/deliveries`,
    headers: key.headers,
  });
  expect(told.json().data.map(({ jobId }: { jobId: string }) => jobId)).toEqual([mine]);
});

it("URLs of webhooks, and errors that name their hosts, are for admins", async () => {
  const wh = strangers[0]!.wh;
  await poolOf(api.store).query(
    "UPDATE webhook_deliveries SET last_error = 'getaddrinfo ENOTFOUND a.example' WHERE webhook_id = $1",
    [wh],
  );
  for (const scope of SCOPES) {
    const { headers } = await makeKey(api.store, scope);
    const paths = [`/v1/webhooks/${wh}`, "/v1/webhooks", `/v1/webhooks/${wh}/deliveries`];
    for (const url of paths) {
      const { body } = await api.app.inject({ url, headers });
      expect(body.includes("a.example"), `${scope} ${url}`).toBe(scope === "admin");
    }
  }
});
