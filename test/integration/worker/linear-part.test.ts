import { listVoters, sweepPartitions } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { makeCsv, TINY_MODEL } from "../../support/jobs.js";
import { openService, type TestService } from "../../support/service.js";
import { ingestCsv, membersOf, probabilitiesOf, train } from "../../support/service-steps.js";

vi.setConfig({ testTimeout: 540_000 });

const [ROWS, K] = [1_200, 3];
const BOTH = { epochs: 1, linearPart: true };

let service: TestService;
let datasetId: string;
let run: string;

beforeAll(async () => {
  service = await openService({ worker: { WORKER_ROLES: "cpu,orchestrator,trainer" } });
  datasetId = await ingestCsv(service, makeCsv(ROWS, K));
  run = await trained(BOTH);
}, 540_000);

afterAll(() => service.close());

/** The run of a network, without a second round unless one is asked for. */
async function trained(training: object, more: object = {}): Promise<string> {
  const network = { model: TINY_MODEL, folds: 2, seed: 7, backend: "wasm", secondRound: false };
  return (await train(service, datasetId, { ...network, training, ...more })).id;
}

const stored = (id: string) => probabilitiesOf(service, id, { rows: ROWS, k: K });

const download = (id: string, member: string) =>
  fetch(`${service.api.url}/v1/cross-validations/${id}/probabilities?member=${member}`);

/** What the rows of a pruning with all its columns are, and its report. */
async function pruned(crossValidationId: string, body: object = {}) {
  const job = await service.client.call("createPruning", { body: { crossValidationId, ...body } });
  const { pruningId } = await service.succeeded(job.id);
  const params = { id: pruningId as string };
  const { data } = await service.client.call("listFlags", { params, query: { limit: 1_000 } });
  const { report } = await service.client.call("getPruning", { params });
  return { flags: data, report };
}

it("the linear model beside a network is read as the member linear", async () => {
  const answer = new Uint8Array(await (await download(run, "linear")).arrayBuffer());
  const linear = new Float32Array(answer.buffer.slice(answer.length - 4 * ROWS * K));
  // The run's rows are the mean of the network's alone and of these.
  const alone = await stored(await trained({ epochs: 1, linearPart: false }));
  const mean = alone.map((p, i) => (p + linear[i]!) / 2);
  expect(await stored(run)).toEqual(mean);
  expect(linear).not.toEqual(alone);
});

it("a run without one says that it has no such member", async () => {
  const answer = await download(await trained({ epochs: 1, linearPart: false }), "linear");
  expect(await answer.json()).toMatchObject({ code: "member-not-found", status: 404 });
});

it("it votes on nothing: a run of one model has no stability, and the same flags without it", async () => {
  const before = await pruned(run, { stability: true });
  expect(before.flags.length).toBeGreaterThan(0);
  expect(before.report?.stability ?? null).toBeNull();
  const copy = await trained(BOTH);
  const [part] = (await membersOf(service, copy)).values();
  await service.client.call("deleteCrossValidation", { params: { id: part!.id } });
  const without = await pruned(copy, { stability: true });
  expect(without.flags).toEqual(before.flags);
});

it("a second round pools the same models with it as before", async () => {
  const id = await trained(BOTH, { secondRound: true });
  const members = await membersOf(service, id);
  expect([...members.keys()].sort()).toEqual(["linear", "network", "quick", "second"]);
  expect(await stored(members.get("linear")!.id)).toEqual(
    await stored([...(await membersOf(service, run)).values()][0]!.id),
  );
  expect(await stored(members.get("network")!.id)).toEqual(await stored(run));
  const voters = await listVoters(service.fixture.store, id);
  expect(voters.map(({ member }) => member).sort()).toEqual(["network", "quick", "second"]);
});

it("it goes with its run", async () => {
  const id = await trained(BOTH);
  const { key } = (
    await poolOf(service.fixture.store).query<{ key: number }>(
      "SELECT key FROM cross_validations WHERE parent_id = $1",
      [id],
    )
  ).rows[0]!;
  const goes = await service.client.call("getCrossValidationDeletion", { params: { id } });
  expect(goes.crossValidations).toHaveLength(2);
  await service.client.call("deleteCrossValidation", { params: { id } });
  await sweepPartitions(service.fixture.store);
  const { rows } = await poolOf(service.fixture.store).query("SELECT to_regclass($1) AS found", [
    `partitions.fold_probabilities_${key}`,
  ]);
  expect(rows).toEqual([{ found: null }]);
});
