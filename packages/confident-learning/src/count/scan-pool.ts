import { Worker } from "node:worker_threads";
import { ConfidentLearningError, type ConfidentLearningErrorCode } from "../errors.js";
import type { Probabilities, ProbabilityBlock } from "../input/source.js";
import type { ScanTotals } from "./scan.js";
import { addTotals, type ScanJob, type ScannedBlock, Scanner } from "./scan-block.js";

/** A request to a worker: scan some rows, or return the totals. */
export type ScanRequest = ScannedBlock | "totals";

/** Its reply: rows done, a row that does not hold probabilities, or the totals of its jobs. */
export type ScanReply =
  | { readonly kind: "done" }
  | { readonly kind: "totals"; readonly totals: readonly ScanTotals[] }
  | {
      readonly kind: "fault";
      readonly code: ConfidentLearningErrorCode;
      readonly message: string;
      readonly row: number;
      readonly class: number;
    };

interface Member {
  readonly worker: Worker;
  /** The buffer that a block is copied to if its own memory is not shared or is reused. */
  memory: SharedArrayBuffer;
  busy: Promise<void> | undefined;
}

/**
 * Pass 2 on worker threads. Rows are independent and counts are integers, so the result equals that
 * of one thread. Blocks are assigned in order; of several faulty rows the first is reported.
 */
export class ScanPool {
  readonly #members: Member[];
  readonly #jobs: readonly ScanJob[];
  readonly #faults: ConfidentLearningError[] = [];
  #failure: Error | undefined;

  /** The jobs' facts must be in shared memory. */
  constructor(jobs: readonly ScanJob[], threads: number) {
    this.#jobs = jobs;
    this.#members = Array.from({ length: threads }, () => ({
      worker: new Worker(new URL("./scan-worker.js", import.meta.url), { workerData: jobs }),
      memory: new SharedArrayBuffer(0),
      busy: undefined,
    }));
  }

  /** Gives the block to a free worker; resolves as soon as its memory may be reused. */
  async scan(block: ProbabilityBlock): Promise<void> {
    const member = await this.#free();
    const { start, rows } = block;
    const probs =
      block.lasting && isShared(block.probs) ? block.probs : copied(member, block.probs);
    member.busy = this.#ask(member, { start, rows, probs }).then(() => {
      member.busy = undefined;
    });
  }

  /** Waits for all blocks and adds up the workers' totals for each job. */
  async finish(): Promise<readonly ScanTotals[]> {
    await this.#settled();
    const { totals } = new Scanner(this.#jobs);
    for (const member of this.#members) {
      const reply = await this.#ask(member, "totals");
      if (reply?.kind !== "totals") continue;
      reply.totals.forEach((more, job) => {
        addTotals(totals[job]!, more);
      });
    }
    await this.#settled();
    return totals;
  }

  /** Ends the threads; call it however the run ends. */
  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
  }

  async #free(): Promise<Member> {
    for (;;) {
      // after a fault no more blocks are assigned; one in flight may contain an earlier fault
      if (this.#faults.length > 0 || this.#failure !== undefined) await this.#settled();
      const member = this.#members.find(({ busy }) => busy === undefined);
      if (member !== undefined) return member;
      await Promise.race(this.#members.map(({ busy }) => busy));
    }
  }

  /** Resolves when all workers are idle; throws the first fault. */
  async #settled(): Promise<void> {
    await Promise.all(this.#members.map(({ busy }) => busy));
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#faults.length === 0) return;
    throw this.#faults.reduce((a, b) => ((a.row ?? 0) <= (b.row ?? 0) ? a : b));
  }

  /** The worker's next reply; undefined if it died, which `#settled` reports. */
  #ask({ worker }: Member, request: ScanRequest): Promise<ScanReply | undefined> {
    return new Promise((resolve) => {
      const done = (reply: ScanReply | undefined): void => {
        worker.off("message", onMessage).off("error", onError).off("exit", onExit);
        resolve(reply);
      };
      const onMessage = (reply: ScanReply): void => {
        if (reply.kind === "fault") {
          const { code, message, row } = reply;
          this.#faults.push(new ConfidentLearningError(code, message, { row, class: reply.class }));
        }
        done(reply);
      };
      const onError = (error: Error): void => {
        this.#failure = error;
        done(undefined);
      };
      const onExit = (): void => onError(new Error("a scan thread ended before its work was done"));
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
      worker.postMessage(request);
    });
  }
}

function isShared(probs: Probabilities): boolean {
  return probs.buffer instanceof SharedArrayBuffer;
}

function copied(member: Member, probs: Probabilities): Probabilities {
  if (member.memory.byteLength < probs.byteLength) {
    member.memory = new SharedArrayBuffer(probs.byteLength);
  }
  const copy =
    probs instanceof Float32Array
      ? new Float32Array(member.memory, 0, probs.length)
      : new Float64Array(member.memory, 0, probs.length);
  copy.set(probs);
  return copy;
}
