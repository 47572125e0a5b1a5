import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "@winnow/contracts";
import type { FastifyInstance } from "fastify";
import { answerAndClose } from "../problems/broken-request.js";

/** How slow a client may be that sends a body or reads an answer. */
export interface LeastPace {
  /** On average over every window. */
  readonly bytesPerSecond: number;
  readonly windowMs: number;
}

/** Slow enough for any line that works, quick enough that nobody holds a place for nothing. */
const LEAST_PACE: LeastPace = { bytesPerSecond: 1024, windowMs: 60_000 };

/** Looks at each transfer so often in a window. */
const LOOKS = 4;

/** After its answer, the rest of a body is read and dropped for so long, so that the client gets it. */
const LINGER_MS = 5_000;

/**
 * Ends connections that a client holds for nothing: of a body or an answer that moves slower than the
 * pace, and of a body that goes on after its answer. Time in which the service itself is slow does not
 * count.
 */
export function registerConnections(app: FastifyInstance, pace: LeastPace = LEAST_PACE): void {
  app.server.maxConnections = mostConnections();
  const open = new Set<Transfer>();
  app.server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const transfer = { request, response, body: null, answer: null };
    open.add(transfer);
    response.once("close", () => open.delete(transfer));
  });
  const timer = setInterval(() => {
    for (const transfer of open) look(transfer, pace);
  }, pace.windowMs / LOOKS).unref();
  app.addHook("onClose", async () => clearInterval(timer));
  app.addHook("onResponse", async ({ raw }) => {
    if (raw.complete || raw.destroyed) return;
    raw.resume();
    const linger = setTimeout(() => raw.destroy(), LINGER_MS).unref();
    raw.once("close", () => clearTimeout(linger));
  });
}

/** File handles that connections leave for files, Postgres and Redis. */
const OTHER_HANDLES = 160;

/**
 * Connections beyond this are closed at once: a process without a file handle left could open neither
 * files nor the database. Node raises its limit of handles to the hard one.
 */
function mostConnections(): number {
  const [, limit] = /^Max open files +\d+ +(\d+)/m.exec(readLimits()) ?? [];
  return limit === undefined ? MOST_CONNECTIONS : connectionsWithin(Number(limit));
}

const MOST_CONNECTIONS = 20_000;

/** At least half of the handles, where there are few. */
const connectionsWithin = (handles: number): number =>
  Math.min(MOST_CONNECTIONS, Math.max(Math.floor(handles / 2), handles - OTHER_HANDLES));

function readLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    // Only Linux says it there.
    return "";
  }
}

interface Transfer {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  body: Mark | null;
  answer: Mark | null;
}

/** Since when the client alone is waited for, and the bytes that had moved by then. */
interface Mark {
  readonly at: number;
  readonly bytes: number;
}

function look(transfer: Transfer, pace: LeastPace): void {
  const { request, response } = transfer;
  const { socket } = request;
  // What lies in our buffer waits for us.
  const awaitsBody = !request.complete && !response.writableEnded && request.readableLength === 0;
  transfer.body = awaitsBody ? marked(transfer.body, socket.bytesRead, pace) : null;
  const awaitsReader = response.headersSent && socket.writableLength > 0;
  const sent = socket.bytesWritten - socket.writableLength;
  transfer.answer = awaitsReader ? marked(transfer.answer, sent, pace) : null;
  if (isSlow(transfer.answer, sent, pace)) socket.destroy();
  else if (isSlow(transfer.body, socket.bytesRead, pace)) {
    if (response.headersSent) socket.destroy();
    else answerAndClose(tooSlow(pace), socket);
  }
}

/** The mark of the present window: a new one where the last window was quick enough. */
function marked(mark: Mark | null, bytes: number, pace: LeastPace): Mark {
  const now = performance.now();
  const isOver = mark !== null && now - mark.at >= pace.windowMs;
  return mark === null || (isOver && !isSlow(mark, bytes, pace)) ? { at: now, bytes } : mark;
}

function isSlow(mark: Mark | null, bytes: number, pace: LeastPace): boolean {
  if (mark === null || performance.now() - mark.at < pace.windowMs) return false;
  return bytes - mark.bytes < (pace.bytesPerSecond * pace.windowMs) / 1000;
}

const tooSlow = ({ bytesPerSecond, windowMs }: LeastPace): AppError =>
  new AppError(
    "request-timeout",
    `The body came slower than ${bytesPerSecond} bytes a second over ${windowMs / 1000} s.`,
  );
