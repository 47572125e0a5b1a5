import { isTerminal, type JobState, type TaskState } from "@winnow/contracts";
import { type Claim, MAX_STARTED_ATTEMPTS } from "@winnow/store";

/** Failed attempts after which a task is failed permanently; all kinds say 3. */
const FAILURES_AT_MOST = 3;

interface ModelTask {
  state: TaskState;
  attempt: number;
  failures: number;
  /** Attempts that ended with a reason, and not by being handed back. */
  endedBadly: number;
}

/** A claim that a worker once got; the model decides whether it still holds. */
export interface Held {
  readonly task: number;
  readonly attempt: number;
  readonly claim: Claim;
}

/**
 * What one job and its tasks must look like after each thing that may happen to them: the rules of
 * docs/explanation/states.md in plain code, without locks, SQL or transactions.
 */
export class StateModel {
  state: JobState = "queued";
  tasks: ModelTask[];
  /** Every claim that was given, stale ones too. */
  held: Held[] = [];

  constructor(tasks: number) {
    this.tasks = Array.from({ length: tasks }, () => ({
      state: "queued",
      attempt: 0,
      failures: 0,
      endedBadly: 0,
    }));
  }

  copy(): StateModel {
    const copy = new StateModel(0);
    copy.become(this);
    return copy;
  }

  become(other: StateModel): void {
    this.state = other.state;
    this.tasks = other.tasks.map((task) => ({ ...task }));
    this.held = [...other.held];
  }

  isHolding({ task, attempt }: Held): boolean {
    const at = this.tasks[task];
    return at?.state === "running" && at.attempt === attempt;
  }

  /** Whether the claim is given. `isStale`: the holder's heartbeat, if there is one, is too old. */
  claim(index: number, isStale: boolean): boolean {
    const task = this.#task(index);
    const isOpen = this.state === "queued" || this.state === "running";
    const isFree = task.state === "queued" || (task.state === "running" && isStale);
    if (!isOpen || !isFree) return false;
    if (task.state === "running") task.endedBadly += 1;
    task.state = "running";
    task.attempt += 1;
    if (task.endedBadly >= MAX_STARTED_ATTEMPTS) {
      this.#failFor(task);
      return false;
    }
    this.state = "running";
    return true;
  }

  beat(held: Held): { held: boolean; cancelled: boolean } {
    const cancelled = this.isHolding(held) && this.state === "cancelling";
    return { held: this.isHolding(held) && !cancelled, cancelled };
  }

  /** Whether the data and the task's end are committed. */
  succeed(held: Held): boolean {
    if (this.state !== "running" || !this.isHolding(held)) return false;
    this.#task(held.task).state = "succeeded";
    if (this.tasks.every(({ state }) => state === "succeeded")) this.state = "succeeded";
    return true;
  }

  fail(held: Held, isRetryable: boolean): "queued" | "failed" | "cancelled" | "stale" {
    if (!this.isHolding(held)) return "stale";
    const task = this.#task(held.task);
    if (this.state === "cancelling") {
      this.#endCancelled(task);
      return "cancelled";
    }
    if (isRetryable && task.failures + 1 < FAILURES_AT_MOST) {
      task.failures += 1;
      task.endedBadly += 1;
      task.state = "queued";
      return "queued";
    }
    this.#failFor(task);
    return "failed";
  }

  /** Whether the task was handed back. */
  release(held: Held): boolean {
    if (!this.isHolding(held)) return false;
    this.#giveBack(this.#task(held.task));
    return true;
  }

  /** The holder has heard of the cancel and ends its task. */
  endCancelled(held: Held): void {
    if (this.isHolding(held)) this.#endCancelled(this.#task(held.task));
  }

  /** The job's state after it; "ended": it had ended before. */
  requestCancel(): { state: "cancelled" | "cancelling" | "ended" } {
    if (isTerminal(this.state)) return { state: "ended" };
    if (this.state === "cancelling") return { state: "cancelling" };
    for (const task of this.tasks) if (task.state === "queued") task.state = "cancelled";
    if (this.state === "running") this.state = "cancelling";
    this.#finishCancelled();
    return { state: isTerminal(this.state) ? "cancelled" : "cancelling" };
  }

  /** Every holder has stopped answering. */
  requeueStale(): void {
    for (const task of this.tasks) {
      if (task.state !== "running") continue;
      task.endedBadly += 1;
      this.#giveBack(task);
    }
  }

  /** Whether a new job is made; it takes over the tasks that succeeded. */
  retry(): boolean {
    if (this.state !== "failed" && this.state !== "cancelled") return false;
    for (const task of this.tasks) {
      task.failures = 0;
      task.endedBadly = 0;
      if (task.state === "succeeded") continue;
      task.state = "queued";
      task.attempt = 0;
    }
    this.state = "queued";
    this.held = [];
    return true;
  }

  #task(index: number): ModelTask {
    return this.tasks[index]!;
  }

  #giveBack(task: ModelTask): void {
    if (this.state === "cancelling") this.#endCancelled(task);
    else task.state = "queued";
  }

  #endCancelled(task: ModelTask): void {
    task.state = "cancelled";
    this.#finishCancelled();
  }

  #finishCancelled(): void {
    if (this.tasks.some(({ state }) => state === "queued" || state === "running")) return;
    this.state = "cancelled";
  }

  #failFor(task: ModelTask): void {
    task.state = "failed";
    for (const other of this.tasks) if (!isTerminal(other.state)) other.state = "cancelled";
    this.state = "failed";
  }
}
