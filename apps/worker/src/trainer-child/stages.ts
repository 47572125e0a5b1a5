import type { ChildMessage } from "../trainer/messages.js";

/** Sends the message, and first that a stage begins where it is the first of one. */
export function withStages(send: (message: ChildMessage) => void): (message: ChildMessage) => void {
  let stage: string | null = null;
  return (message) => {
    if (message.type === "progress" && message.phase !== stage) {
      stage = message.phase;
      send({ type: "stage", name: message.phase, at: Date.now() });
    }
    send(message);
  };
}
