import { QUEUES, queuesStoodInBy, type TaskRole, type WorkerRole } from "@winnow/contracts";
import type { Logger } from "pino";
import { type Repeated, repeat } from "../orchestrator/repeat.js";
import type { Consumer } from "../queue/consumer.js";
import type { Presence } from "../queue/presence.js";

const LOOK_EVERY_MS = 1_000;
/** A worker that is busy for a moment is not taken for gone. */
const ANNOUNCED_FOR_MS = 10_000;

/** The role whose tasks others take where it has no worker. */
const STOOD_IN_FOR: TaskRole = "trainer";

/** The queues that a worker of these roles takes from where nobody else does. */
export const standInQueues = (roles: ReadonlySet<WorkerRole>): string[] =>
  [...QUEUES]
    .filter(([, role]) => role === STOOD_IN_FOR && !roles.has(role))
    .map(([queue]) => queue)
    .filter((queue) => roles.has("cpu") && queuesStoodInBy("cpu").includes(queue));

interface StandInOptions {
  readonly roles: ReadonlySet<WorkerRole>;
  readonly presence: Pick<Presence, "announce" | "isAnnounced">;
  /** How long nobody must have been seen. */
  readonly afterMs: number;
  readonly log: Logger;
  /** Opens the consumer of a queue, when it is first needed; null: this worker takes one delivery alone. */
  readonly open: ((queue: string) => Consumer) | null;
}

/** Says that this worker trains, or takes what trainers take while none of them is there. */
export function startStandIn(options: StandInOptions): Repeated {
  const { roles, presence, log } = options;
  const work = roles.has(STOOD_IN_FOR)
    ? () => presence.announce(STOOD_IN_FOR, ANNOUNCED_FOR_MS)
    : standIn(options);
  return repeat(work, LOOK_EVERY_MS, (error) => log.debug({ err: error }, "Redis does not answer"));
}

function standIn({ roles, presence, afterMs, log, open }: StandInOptions): () => Promise<void> {
  const own = open === null ? [] : standInQueues(roles);
  const consumers: Consumer[] = [];
  let absentSince: number | null = null;
  let stands = false;
  return async () => {
    if (open === null || own.length === 0) return;
    if (await presence.isAnnounced(STOOD_IN_FOR)) {
      absentSince = null;
      if (stands) log.info("a trainer is there: it encodes rows again");
      stands = false;
      for (const consumer of consumers) await consumer.pause("stood-in-for");
      return;
    }
    absentSince ??= performance.now();
    if (stands || performance.now() - absentSince < afterMs) return;
    stands = true;
    log.info("no trainer is there: this worker encodes rows");
    if (consumers.length === 0) consumers.push(...own.map(open));
    else for (const consumer of consumers) consumer.resume("stood-in-for");
  };
}
