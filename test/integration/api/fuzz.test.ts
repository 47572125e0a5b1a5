import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestApi, type TestApi } from "../../support/api.js";
import { generate } from "../../support/json-schema.js";
import { type Operation, readOpenapi } from "../../support/openapi.js";
import { seedPruning } from "../../support/seed-data.js";

let api: TestApi;
let operations: Operation[];
let schemas: Record<string, object>;
/** Ids that name something, by their prefix. */
let known: Record<string, string>;

/** Of each operation. `npm run fuzz:api` sends more; the seed repeats a run. */
const RUNS_EACH = Number(process.env.FUZZ_RUNS || 25);
const SEED = Number(process.env.FUZZ_SEED || 20261124);

beforeAll(async () => {
  api = await openTestApi({ config: { urlSources: true } });
  ({ operations, schemas } = await readOpenapi(api.app));
  // What is deleted cannot be looked at any more.
  operations.sort((a, b) => Number(a.method === "DELETE") - Number(b.method === "DELETE"));
  const seeded = await seedPruning(api.store);
  const made = async (url: string, payload: object | string) => {
    const type = typeof payload === "string" ? "text/csv" : "application/json";
    const headers = { "content-type": type };
    const answer = await api.app.inject({ method: "POST", url, headers, payload });
    expect(answer.statusCode).toBe(201);
    return answer.json<{ id: string }>().id;
  };
  known = {
    up: await made("/v1/uploads", "text,label\na,b\nc,d\n"),
    wh: await made("/v1/webhooks", { url: "https://example.org/hook" }),
    job: seeded.jobId,
    ds: seeded.datasetId,
    cv: seeded.crossValidationId,
    pr: seeded.pruningId,
  };
});
afterAll(() => api.close());

interface Sent {
  readonly method: Operation["method"];
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly payload?: string | Buffer;
}

it(
  "no request that the contract lets one think of gets a 5xx, or an answer it does not name",
  async () => {
    expect(operations.length).toBeGreaterThan(25);
    const seen = new Map<string, Set<number>>();
    for (const operation of operations) {
      await fc.assert(
        fc.asyncProperty(requestTo(operation), async (sent) => {
          const answer = await api.app.inject(sent);
          const { statusCode } = answer;
          seen.set(
            operation.operationId,
            (seen.get(operation.operationId) ?? new Set()).add(statusCode),
          );
          const said = `${sent.method} ${sent.url}: ${statusCode} ${answer.body.slice(0, 500)}`;
          expect(statusCode, said).toBeLessThan(500);
          if (statusCode >= 400) {
            expect(answer.headers["content-type"], said).toMatch(/^application\/problem\+json/);
          }
          // 405: an oddity in the path made it another one.
          if (statusCode !== 405) expect(operation.responses, said).toContain(String(statusCode));
        }),
        { seed: SEED, numRuns: RUNS_EACH },
      );
    }
    const statuses = [...new Set([...seen.values()].flatMap((some) => [...some]))].sort();
    console.log(
      `${operations.length} operations, ${RUNS_EACH} requests each, seed ${SEED}: only ${statuses.join(", ")}`,
    );
    // It must get past the validation, or it shows nothing.
    const reached = [...seen.values()].filter((statuses) =>
      [...statuses].some((status) => status < 300),
    );
    expect(reached.length).toBeGreaterThan(operations.length / 2);
  },
  60_000 + RUNS_EACH * 10_000,
);

/** What no client of ours would put into a query. */
const oddities = fc.oneof(
  { weight: 9, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("limit=1&limit=2", "%", "%ff", "a[b]=c", "__proto__=1", "&&=&"),
  },
);

/** Requests that fit the operation's schemas, and ones that were spoiled in one place. */
function requestTo(operation: Operation): fc.Arbitrary<Sent> {
  const { method, path, parameters, body } = operation;
  const values = parameters.map((parameter) => {
    const value = arbitraryOf(parameter.schema);
    return parameter.required || parameter.in === "path"
      ? value
      : fc.option(value, { nil: undefined, freq: 1 });
  });
  const payload = body === null ? fc.constant(null) : bodyOf(body.types);
  return fc.tuple(fc.tuple(...values), payload, oddities).map(([given, bytes, oddity]) => {
    const query = new URLSearchParams();
    const headers: Record<string, string> = {};
    let url = path;
    parameters.forEach((parameter, i) => {
      const value = given[i];
      if (value === undefined) return;
      const text = typeof value === "string" ? value : JSON.stringify(value);
      if (parameter.in === "path")
        url = url.replace(`{${parameter.name}}`, encodeURIComponent(text));
      else if (parameter.in === "query") query.set(parameter.name, text);
      // What HTTP does not carry in a header never comes to us.
      else headers[parameter.name] = text.replaceAll(/[^\x20-\x7e]/g, "");
    });
    // A long poll would only wait.
    query.delete("wait");
    const search = [query.toString(), oddity].filter((part) => part !== "").join("&");
    if (bytes !== null) headers["content-type"] = bytes.type;
    return {
      method,
      url: search === "" ? url : `${url}?${search}`,
      headers,
      ...(bytes === null ? {} : { payload: bytes.payload }),
    };
  });
}

/** What fits, what nearly fits, an id that names something, and anything at all. */
function arbitraryOf(schema: object): fc.Arbitrary<unknown> {
  const id = knownIdOf(schema);
  return fc.oneof(
    { weight: 6, arbitrary: generate(schema, schemas) },
    { weight: id ? 12 : 0, arbitrary: fc.constant(id) },
    {
      weight: 1,
      arbitrary: fc.string({ unit: "binary" }).filter((text) => !/\p{Surrogate}/u.test(text)),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom("", "null", "-1", "1e309", "9".repeat(40), "\0", "__proto__"),
    },
  );
}

function knownIdOf(schema: object): string | undefined {
  const { pattern = "" } = schema as { pattern?: string };
  return known[/^\^(\w+?)_/.exec(pattern)?.[1] ?? ""];
}

function bodyOf(
  types: Record<string, object>,
): fc.Arbitrary<{ type: string; payload: string | Buffer }> {
  return fc.oneof(
    ...Object.entries(types).map(([type, schema]) =>
      type === "application/json"
        ? jsonOf(schema).map((payload) => ({ type, payload }))
        : fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ type, payload: Buffer.from(bytes) })),
    ),
  );
}

/** A body that fits, with known ids put in; one with a part spoiled; any JSON; no JSON. */
function jsonOf(schema: object): fc.Arbitrary<string> {
  const fitting = generate(schema, schemas, knownIdOf);
  const spoiled = fc.tuple(fitting, fc.nat(), fc.jsonValue()).map(([value, at, other]) => {
    if (typeof value !== "object" || value === null) return other;
    const keys = Object.keys(value);
    return { ...value, [keys[at % (keys.length + 1)] ?? "unknown"]: other };
  });
  return fc.oneof(
    { weight: 6, arbitrary: fitting.map((value) => JSON.stringify(value)) },
    { weight: 4, arbitrary: spoiled.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme" }) },
  );
}
