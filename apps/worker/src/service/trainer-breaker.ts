import type { Logger } from "pino";
import type { Consumer } from "../queue/consumer.js";
import { type Breaker, createBreaker } from "../trainer/breaker.js";

/** A machine whose children die like this takes no folds for some time. */
const EARLY_DEATHS = { deaths: 3, earlyMs: 5_000, pauseMs: 60_000 };

/** Pauses the trainers' consumers while no child survives its start. */
export function openBreaker(trainers: readonly Consumer[], log: Logger): Breaker {
  return createBreaker({
    ...EARLY_DEATHS,
    onChange(open) {
      if (open) log.error("trainers die as soon as they start: no folds are taken for a minute");
      else log.info("folds are taken again");
      for (const consumer of trainers) {
        if (!open) consumer.resume("breaker");
        else
          consumer
            .pause("breaker")
            .catch((error) => log.warn({ err: error }, "a queue could not be paused"));
      }
    },
  });
}
