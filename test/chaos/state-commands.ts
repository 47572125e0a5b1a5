import { AppError, problemOf } from "@winnow/contracts";
import {
  beatTask,
  type Claim,
  cancelTask,
  claimTask,
  createRetry,
  failTask,
  redeliverTask,
  relayOutbox,
  releaseTask,
  requestCancel,
  requeueStaleTasks,
  StaleClaimError,
  withTransaction,
} from "@winnow/store";
import fc from "fast-check";
import { expect } from "vitest";
import type { Held, StateModel } from "./state-model.js";
import type { WatchedJob } from "./watched-job.js";

type Command = fc.AsyncCommand<StateModel, WatchedJob>;

/**
 * One thing that may happen to a job. `real` does it in Postgres, `expected` in the model; both must
 * answer alike, and afterwards all states must agree.
 */
interface Step {
  readonly name: string;
  isPossible?(model: StateModel): boolean;
  expected(model: StateModel): unknown;
  real(job: WatchedJob, model: Readonly<StateModel>): Promise<unknown>;
}

class Single implements Command {
  readonly #step: Step;

  constructor(step: Step) {
    this.#step = step;
  }
  check = (model: Readonly<StateModel>) => this.#step.isPossible?.(model as StateModel) ?? true;
  async run(model: StateModel, job: WatchedJob): Promise<void> {
    // The real one first: it picks among the claims that the model knows so far.
    const seen = await this.#step.real(job, model);
    expect(seen, this.toString()).toEqual(this.#step.expected(model));
    model.held.push(...job.takeGiven());
    await job.checkAgainst(model, this.toString());
  }
  toString = () => this.#step.name;
}

/** Two things at once: who comes first is Postgres' to say, the rules hold either way. */
class Race implements Command {
  readonly #first: Step;
  readonly #second: Step;

  constructor(first: Step, second: Step) {
    this.#first = first;
    this.#second = second;
  }
  check = (model: Readonly<StateModel>) =>
    [this.#first, this.#second].every((step) => step.isPossible?.(model as StateModel) ?? true);
  async run(model: StateModel, job: WatchedJob): Promise<void> {
    const orders = [
      [this.#first, this.#second],
      [this.#second, this.#first],
    ].map((steps) => {
      const copy = model.copy();
      for (const step of steps) step.expected(copy);
      return copy;
    });
    await Promise.all([this.#first.real(job, model), this.#second.real(job, model)]);
    model.become(await job.oneOf(orders, this.toString()));
    model.held.push(...job.takeGiven());
    await job.checkAgainst(model, this.toString());
  }
  toString = () => `${this.#first.name} || ${this.#second.name}`;
}

const heldBy = (model: Readonly<StateModel>, index: number): Held =>
  model.held[index % model.held.length]!;
const hasClaims = (model: StateModel) => model.held.length > 0;

const claim = (index: number, isStale: boolean): Step => ({
  name: `claim(${index}${isStale ? ", stale" : ""})`,
  expected: (model) => model.claim(index % model.tasks.length, isStale),
  async real(job, model) {
    const task = index % model.tasks.length;
    const given = await claimTask(job.store, {
      jobId: job.id,
      taskId: job.taskIds[task]!,
      workerId: "model",
      staleAfterMs: isStale ? -60_000 : 3_600_000,
    });
    if (given) job.give({ task, attempt: given.attempt, claim: given });
    return given !== null;
  },
});

const withClaim = (
  name: string,
  index: number,
  expected: (model: StateModel, held: Held) => unknown,
  real: (job: WatchedJob, claim: Claim) => Promise<unknown>,
): Step => ({
  name: `${name}(${index})`,
  isPossible: hasClaims,
  expected: (model) => expected(model, heldBy(model, index)),
  real: (job, model) => real(job, heldBy(model, index).claim),
});

const beat = (index: number) =>
  withClaim(
    "beat",
    index,
    (model, held) => model.beat(held),
    async (job, claim) => {
      const beat = { step: 1, steps: 2, phase: "testing" };
      const { held, cancelled } = await beatTask(job.store, claim, beat);
      return { held, cancelled };
    },
  );

const succeed = (index: number) =>
  withClaim(
    "succeed",
    index,
    (model, held) => model.succeed(held),
    async (job, held) => {
      try {
        await job.write(held);
        return true;
      } catch (error) {
        if (error instanceof StaleClaimError) return false;
        throw error;
      }
    },
  );

const fail = (index: number, isRetryable: boolean) =>
  withClaim(
    isRetryable ? "failForNow" : "failForGood",
    index,
    (model, held) => model.fail(held, isRetryable),
    (job, held) =>
      failTask(
        job.store,
        held,
        problemOf(new AppError(isRetryable ? "training-failed" : "empty-file", "for the test")),
        0,
      ),
  );

const release = (index: number) =>
  withClaim(
    "release",
    index,
    (model, held) => model.release(held),
    (job, held) => releaseTask(job.store, held),
  );

/** What a worker does after a heartbeat reported the cancel; nothing else may end a running job's task so. */
const endCancelled = (index: number): Step => ({
  ...withClaim(
    "endCancelled",
    index,
    (model, held) => model.endCancelled(held),
    (job, held) => cancelTask(job.store, held),
  ),
  isPossible: (model) => hasClaims(model) && model.state !== "running",
});

const cancel: Step = {
  name: "cancel",
  expected: (model) => model.requestCancel(),
  real: (job) => requestCancel(job.store, job.id),
};

const requeueStale: Step = {
  name: "requeueStale",
  expected: (model) => model.requeueStale(),
  real: async (job) => void (await requeueStaleTasks(job.store, -60_000)),
};

const redeliver = (index: number): Step => ({
  name: `redeliver(${index})`,
  expected: () => undefined,
  async real(job, model) {
    const taskId = job.taskIds[index % model.tasks.length]!;
    await redeliverTask(job.store, taskId, await job.deliveryOf(taskId));
  },
});

const relay: Step = {
  name: "relay",
  expected: () => undefined,
  real: async (job) => void (await relayOutbox(job.store, async () => {}, 10_000)),
};

const retry: Step = {
  name: "retry",
  expected: (model) => model.retry(),
  async real(job) {
    try {
      await job.follow(await withTransaction(job.store, (tx) => createRetry(tx, job.id)));
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === "job-not-retryable") return false;
      throw error;
    }
  },
};

const index = fc.nat({ max: 5 });
const racer = fc.oneof(
  fc.tuple(index, fc.boolean()).map(([at, isStale]) => claim(at, isStale)),
  index.map(succeed),
  fc.tuple(index, fc.boolean()).map(([at, isRetryable]) => fail(at, isRetryable)),
  index.map(release),
  fc.constant(cancel),
  fc.constant(requeueStale),
);

/** Everything that may happen, claims the most often, since nothing else moves without them. */
export const COMMANDS: fc.Arbitrary<Command>[] = [
  index.map((at) => new Single(claim(at, false))),
  index.map((at) => new Single(claim(at, false))),
  index.map((at) => new Single(claim(at, true))),
  index.map((at) => new Single(beat(at))),
  index.map((at) => new Single(succeed(at))),
  index.map((at) => new Single(succeed(at))),
  fc.tuple(index, fc.boolean()).map(([at, isRetryable]) => new Single(fail(at, isRetryable))),
  index.map((at) => new Single(release(at))),
  index.map((at) => new Single(endCancelled(at))),
  fc.constant(new Single(cancel)),
  fc.constant(new Single(requeueStale)),
  index.map((at) => new Single(redeliver(at))),
  fc.constant(new Single(relay)),
  fc.constant(new Single(retry)),
  fc.tuple(racer, racer).map(([a, b]) => new Race(a, b)),
];
