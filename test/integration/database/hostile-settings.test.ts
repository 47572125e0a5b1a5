import pg from "pg";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { HOSTILE_SETTINGS, setHostile } from "../../support/hostile-settings.js";
import { answersAbout, walkPipeline } from "../../support/pipeline-walk.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 480_000 });

const ROLES = { WORKER_ROLES: "cpu,orchestrator,trainer" };

let fixture: WorkerFixture;
beforeAll(async () => {
  fixture = await openWorkerFixture();
});
afterAll(() => fixture.close());

/** What the database says to a session that sets nothing but to let its question end. */
async function plain(sql: string): Promise<string[]> {
  const options = "-c statement_timeout=0 -c exit_on_error=off";
  const client = new pg.Client({ connectionString: fixture.databaseUrl, options });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: "array" })).rows.flat().map(String);
  } finally {
    await client.end();
  }
}

it("the answers are the same, bit by bit, whatever role and database are set to", async () => {
  const [worker, quiet] = [await fixture.startWorker(ROLES), await fixture.startApi()];
  const walked = await walkPipeline(quiet.url);
  await worker.stop();
  const before = await answersAbout(quiet.url, walked);
  expect([...before].filter(([, answer]) => !/^(200|404|409) /.test(answer))).toEqual([]);
  expect(before.size).toBeGreaterThan(20);
  await quiet.stop();

  await setHostile(fixture.databaseUrl);
  await setHostile(fixture.databaseUrl, new URL(fixture.databaseUrl).username);
  // The settings are real: a session that sets nothing has them.
  expect(await plain("SHOW TimeZone")).toEqual([HOSTILE_SETTINGS.TimeZone]);
  const hostile = await fixture.startApi();
  expect(await answersAbout(hostile.url, walked)).toEqual(before);

  // The whole way again: everything is written, read and listened to under these settings.
  const startedAt = Date.now();
  const rest = await fixture.startWorker(ROLES);
  const again = await walkPipeline(hostile.url);
  const answers = [...(await answersAbout(hostile.url, again))];
  expect(answers.filter(([, answer]) => answer.startsWith("5"))).toEqual([]);
  const times = answers.flatMap(([, answer]) => answer.match(/"\w+At":"[^"]+"/g) ?? []);
  expect(times.length).toBeGreaterThan(10);
  const timeOf = (text: string) => Date.parse(/:"(.+)"/.exec(text)![1]!);
  for (const time of times) {
    // Those of the first walk are in the lists, too; none lies in another time zone.
    expect(Math.abs(timeOf(time) - startedAt), time).toBeLessThan(600_000);
  }
  expect(rest.output() + hostile.output()).not.toMatch(/"level":(50|60)/);
});
