import { createRequire } from "node:module";
import { dirname } from "node:path";
import { createBullBoard } from "@bull-board/api";
import { FastifyAdapter } from "@bull-board/fastify";
import { AppError } from "@winnow/contracts";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { AccessMode } from "../access/access-mode.js";
import type { ShownQueues } from "../queue/queues.js";
import { scopeRoutes } from "./access.js";
import { sendProblem } from "./problems.js";

export interface QueueBoard {
  readonly queues: ShownQueues;
  /** Shown even while there are no API keys. */
  readonly always: boolean;
  readonly writes: boolean;
}

/** Where the page is. */
export const QUEUE_BOARD_PATH = "/admin/queues";

/** The page styles itself as it goes, and wants a font from elsewhere, which it does not get. */
const CSP = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "frame-ancestors 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
].join(";");

/**
 * Bull Board over the queues, for admins; a browser sends the key as a password. It shows entries,
 * which hold ids alone, and changes nothing unless it was opened for that.
 */
export async function registerQueueBoard(
  app: FastifyInstance,
  { queues, always, writes }: QueueBoard,
  mode: AccessMode,
): Promise<void> {
  const adapter = new FastifyAdapter();
  adapter.setBasePath(QUEUE_BOARD_PATH);
  const { replaceQueues } = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: {
      uiBasePath: dirname(createRequire(import.meta.url).resolve("@bull-board/ui/package.json")),
      uiConfig: { boardTitle: "Winnow queues" },
    },
  });
  queues.onReady((adapters) => replaceQueues(adapters));
  await app.register(
    async (board) => {
      scopeRoutes(board, "admin", { basic: true });
      board.addHook("onRoute", (route) => {
        // Its own would answer in another form.
        route.errorHandler = (error, request, reply) => sendProblem(error, request, reply);
      });
      board.addHook("preParsing", async (request) => {
        if (!always && !(await mode.asksForKeys())) {
          const detail = "The queues are shown once there are API keys, or with QUEUE_BOARD=true.";
          throw new AppError("route-not-found", detail);
        }
        if (request.method !== "GET" && request.method !== "HEAD") assertMayChange(request, writes);
        if (request.url.startsWith(`${QUEUE_BOARD_PATH}/api/`) && !queues.reachable()) {
          throw new AppError("not-ready", "Redis does not answer; the queues cannot be shown.");
        }
      });
      board.addHook("onSend", async (_request, reply) => {
        reply.header("content-security-policy", CSP);
      });
      await board.register(adapter.registerPlugin());
    },
    { prefix: QUEUE_BOARD_PATH },
  );
}

/** A browser sends a password by itself, also when another site's page asks it to. */
function assertMayChange(request: FastifyRequest, writes: boolean): void {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") {
    throw new AppError("forbidden", "The page of another site may change nothing here.");
  }
  if (!writes) {
    throw new AppError(
      "forbidden",
      "The queues are only shown; QUEUE_BOARD_WRITES=true lets admins change them.",
    );
  }
}
