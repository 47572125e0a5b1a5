import type { RetentionAges } from "@winnow/contracts";
import { type Store, sweepOld } from "@winnow/store";
import type { Logger } from "pino";
import type { Queues } from "../queue/producer.js";
import { type Repeated, repeat } from "./repeat.js";

const HOUR_MS = 3_600_000;

export interface RetentionOptions {
  readonly store: Store;
  readonly queues: Pick<Queues, "removeEnded">;
  readonly storageDir: string;
  readonly ages: RetentionAges;
  readonly log: Logger;
}

/** Deletes every hour what has passed its maximum age, in Postgres, storage and Redis. */
export function startRetention(options: RetentionOptions): Repeated {
  const { store, queues, storageDir, ages, log } = options;
  return repeat(
    async () => {
      const { queueEntries } = ages;
      // A failure of one does not keep the other from its sweep.
      const [kept, queued] = await Promise.allSettled([
        sweepOld(store, storageDir, ages),
        queueEntries === null ? 0 : queues.removeEnded(queueEntries),
      ]);
      const swept = kept.status === "fulfilled" ? kept.value : [];
      const entries = queued.status === "fulfilled" ? queued.value : 0;
      if (swept.length > 0 || entries > 0) log.info({ swept, queueEntries: entries }, "swept");
      for (const end of [kept, queued]) if (end.status === "rejected") throw end.reason;
    },
    HOUR_MS,
    (error) => log.warn({ err: error }, "a sweep failed; it is retried"),
  );
}
