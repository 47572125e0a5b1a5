import { expect, it } from "vitest";
import {
  isTerminal,
  JOB_STATES,
  JOB_TRANSITIONS,
  TASK_STATES,
  TASK_TRANSITIONS,
} from "./states.js";

it("final states lead nowhere and every state can be reached", () => {
  for (const state of JOB_STATES) {
    expect(JOB_TRANSITIONS[state].length === 0).toBe(isTerminal(state));
    const reached =
      state === "queued" || JOB_STATES.some((s) => JOB_TRANSITIONS[s].includes(state));
    expect(reached).toBe(true);
  }
  for (const state of TASK_STATES) {
    expect(TASK_TRANSITIONS[state].length === 0).toBe(isTerminal(state));
  }
});
