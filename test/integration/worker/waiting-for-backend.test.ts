import { tmpdir } from "node:os";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { eventually } from "../../support/jobs.js";
import {
  openTrainingServiceFixture,
  type TrainingServiceFixture,
} from "../../support/training-service-fixture.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const MODEL = {
  preset: { hiddenSize: 16, embeddingSize: 16, layers: 1, heads: 2, intermediateSize: 32 },
  maxLength: 16,
};
const WAITING = "waiting for a worker with the backend";

let fixture: TrainingServiceFixture;

beforeAll(async () => {
  fixture = await openTrainingServiceFixture({ models: tmpdir(), rows: 60, classes: 3 });
});
afterAll(() => fixture?.service.close());

it("a job that names a GPU waits where no worker has one, says so, and delays no other", async () => {
  const { client, service } = fixture;
  const waiting = await fixture.train({ model: MODEL, backend: "tfjs-node-gpu" });
  const note = await eventually("what the job waits for", async () =>
    (await fixture.notes(waiting.id, WAITING)).at(0),
  );
  expect(note).toMatchObject({
    backend: "tfjs-node-gpu",
    reason: "This worker has no tfjs-node-gpu.",
  });

  const other = await fixture.train({ model: MODEL, training: { epochs: 1 } });
  await service.succeeded(other.id);

  const job = await client.call("getJob", { params: { id: waiting.id } });
  expect(["queued", "running"]).toContain(job.state);
  expect(job.error).toBeNull();
  await client.call("cancelJob", { params: { id: waiting.id } });
  expect((await service.ended(waiting.id)).state).toBe("cancelled");
});
