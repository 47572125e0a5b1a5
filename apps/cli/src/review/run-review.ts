import type { Paint } from "../terminal/paint.js";
import { pageLines } from "./page.js";
import type { QueueOptions } from "./queue.js";
import { ReviewSession } from "./session.js";

export interface ReviewOptions extends QueueOptions {
  /** As a terminal sends them. */
  readonly keys: AsyncIterable<string>;
  readonly draw: (lines: readonly string[]) => void;
  readonly columns: () => number;
  readonly paint: Paint;
}

const UP = "\u001b[A";
const DOWN = "\u001b[B";
const RIGHT = "\u001b[C";
const LEFT = "\u001b[D";
const LEAVE = new Set(["x", "\u0003", "\u0004"]);

/** Reviews rows by keys until somebody leaves; returns how many were decided. */
export async function runReview(options: ReviewOptions): Promise<number> {
  const session = new ReviewSession(options);
  await session.open();
  let isHelp = false;
  const draw = () => {
    const { draw: show, columns, paint } = options;
    show(pageLines(session, { width: columns(), isHelp, paint }));
  };
  draw();
  for await (const pressed of options.keys) {
    const key = pressed.toLowerCase();
    if (LEAVE.has(key)) break;
    if (key === "?") isHelp = !isHelp;
    else {
      isHelp = false;
      await press(session, key);
    }
    draw();
  }
  return session.decidedRows;
}

async function press(session: ReviewSession, key: string): Promise<void> {
  if (key === "q") return session.decide("keep");
  if (key === "w") return session.decide("relabel");
  if (key === "e") return session.decide("drop");
  if (key === "n") return session.decide("unsure");
  if (key === "z") return session.undo();
  if (key === UP || key === LEFT) return session.move(-1);
  if (key === DOWN || key === RIGHT) return session.move(1);
  const chosen = /^[1-9]$/.test(key) ? session.row?.likeliest[Number(key) - 1] : undefined;
  if (chosen) return session.decide("relabel", chosen.label);
}
