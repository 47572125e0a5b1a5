import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { expect, it } from "vitest";
import { holdWhileUnfit, untilReady } from "./readiness.js";

const log = pino({ level: "silent" });

it("needs are looked at one after another: each may take a connection", async () => {
  let [now, most] = [0, 0];
  const need = (name: string) => ({
    name,
    async run() {
      most = Math.max(most, ++now);
      await sleep(20);
      now--;
    },
  });
  const needs = ["postgres", "migrations", "storage"].map(need);
  await untilReady(needs, log, () => {}, new AbortController().signal, null);
  expect(most).toBe(1);
});

it("nothing is asked while no task would be taken", async () => {
  let asked = 0;
  let takesNone = true;
  const need = { name: "migrations", run: async () => void asked++ };
  const holding = holdWhileUnfit([need], [], log, () => takesNone);
  try {
    await sleep(2_500);
    expect(asked).toBe(0);
    takesNone = false;
    await expect.poll(() => asked).toBeGreaterThan(0);
  } finally {
    await holding.end();
  }
});
