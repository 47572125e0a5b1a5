import type { ChildProcess } from "node:child_process";
import { describeExit, diedOfMemory, exitOf, forkChild, keepStderr } from "@winnow/processes";
import { errorOf } from "../messages/faults.js";
import type { FromProcess, ReadTask, ToProcess } from "../messages/messages.js";
import { ReaderError } from "./reader-error.js";
import type { ReaderLimits } from "./reader-limits.js";

const PROGRAM = new URL("../child/main.js", import.meta.url);

/** How long a process may take to load on a busy machine; no file is to blame for that. */
const START_MS = 180_000;
/** Items that a process may send before the first of them is taken. */
const AHEAD = 4;
/** V8 counts the heap, which is all that most files need; the rest is for buffers and code. */
const HEAP_SHARE = 0.75;

/** What a process has sent and nobody has taken. */
type Arrival =
  | { readonly item: unknown }
  | { readonly result: unknown }
  | { readonly error: Error };

/** A forked process that reads one file at a time. */
export class ReaderProcess {
  readonly #child: ChildProcess;
  readonly #limits: ReaderLimits;
  readonly #arrivals: Arrival[] = [];
  #failure: Error | null = null;
  #wake: (() => void) | null = null;
  #stall: NodeJS.Timeout | undefined;
  #isReady = false;
  #work = 0;
  /** Of the file, read so far. */
  #bytes = 0;
  #onBytes: (bytes: number) => void = () => {};
  /** What it took of the machine's memory at the end of its last task. */
  memoryBytes = 0;
  /** Whether it can take a task. */
  isFree = true;

  constructor(limits: ReaderLimits, env: NodeJS.ProcessEnv) {
    this.#limits = limits;
    const heapMb = Math.round((limits.memoryBytes * HEAP_SHARE) / 2 ** 20);
    this.#child = forkChild(PROGRAM, {
      env,
      args: [String(limits.memoryBytes)],
      nodeArgs: [`--max-old-space-size=${heapMb}`],
      serialization: "advanced",
    });
    const stderr = keepStderr(this.#child);
    this.#child.on("message", (message: FromProcess) => this.#take(message));
    exitOf(this.#child).then(
      (exit) => {
        const memory = diedOfMemory(exit, stderr());
        const how = describeExit(exit);
        this.#fail(
          memory === "limit"
            ? new ReaderError(
                "memory",
                `${this.#where()} it takes more than ${megabytes(limits.memoryBytes)} MB of memory`,
              )
            : new ReaderError(
                memory === "killed" ? "killed" : "crashed",
                `its process ${how}`,
                stderr(),
              ),
        );
      },
      (error: Error) => this.#fail(error),
    );
  }

  get isAlive(): boolean {
    return this.#child.connected && this.#failure === null;
  }

  start(task: ReadTask, onBytes: (bytes: number) => void): void {
    this.isFree = false;
    this.#onBytes = onBytes;
    this.#bytes = 0;
    this.#hold(true);
    this.#tell({ type: "start", task, ahead: AHEAD });
  }

  /** The next item, or the result. Throws what the process met, and `ReaderError` for its end. */
  async next(): Promise<Exclude<Arrival, { readonly error: Error }>> {
    this.#watch();
    while (this.#arrivals.length === 0) {
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    // While nobody waits for it, the process may be waiting itself.
    clearTimeout(this.#stall);
    const arrival = this.#arrivals.shift()!;
    if ("error" in arrival) throw arrival.error;
    if ("item" in arrival) this.#tell({ type: "next" });
    return arrival;
  }

  /** Ends the process at once; who waits for it gets the error. */
  end(reason: Error): void {
    this.#fail(reason);
    this.#child.kill("SIGKILL");
  }

  /** Lets this process end while it waits for a task. */
  rest(): void {
    this.#hold(false);
  }

  #take(message: FromProcess): void {
    switch (message.type) {
      case "item":
        this.#arrivals.push({ item: message.item });
        break;
      case "result":
        this.memoryBytes = message.memoryBytes;
        this.isFree = true;
        this.#arrivals.push({ result: message.result });
        break;
      case "fault":
        this.memoryBytes = message.memoryBytes;
        // After a fault of its own a process is not used again.
        this.isFree = message.fault.name !== "Error";
        this.#arrivals.push({ error: errorOf(message.fault) });
        break;
      case "progress":
        this.#bytes = message.bytes;
        this.#onBytes(message.bytes);
        break;
      case "alive":
        if (message.work === this.#work) return;
        this.#work = message.work;
        break;
      case "ready":
        this.#isReady = true;
        break;
    }
    if (this.#wake) this.#watch();
    this.#wake?.();
  }

  /** Ends the process where it does not get on while somebody waits for it. */
  #watch(): void {
    clearTimeout(this.#stall);
    const stallMs = this.#isReady ? this.#limits.stallMs : START_MS;
    this.#stall = setTimeout(() => {
      this.end(
        new ReaderError("stalled", `${this.#where()} it gets no further for ${stallMs / 1000} s`),
      );
    }, stallMs);
  }

  #fail(error: Error): void {
    clearTimeout(this.#stall);
    this.#failure ??= error;
    this.#wake?.();
  }

  #where(): string {
    return this.#bytes === 0 ? "at its start" : `after ${this.#bytes} bytes of it`;
  }

  #tell(message: ToProcess): void {
    this.#child.send(message, () => {});
  }

  /** Whether this process waits for the child before it ends. */
  #hold(held: boolean): void {
    const method = held ? "ref" : "unref";
    this.#child[method]();
    this.#child.channel?.[method]();
    (this.#child.stderr as unknown as Partial<Record<"ref" | "unref", () => void>>)?.[method]?.();
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
