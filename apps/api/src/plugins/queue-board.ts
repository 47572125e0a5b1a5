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
  /** Whether the page is shown even without API keys. */
  readonly always: boolean;
  readonly writes: boolean;
}

/** The path of the page. */
export const QUEUE_BOARD_PATH = "/admin/queues";

/** The page needs inline styles; the font that it would load from another host stays blocked. */
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
 * Bull Board for admins; browsers send the key as a password. It shows queue entries, which hold only
 * ids, and changes them only with `writes`.
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
        // The board's own handler does not send problem+json.
        route.errorHandler = (error, request, reply) => sendProblem(error, request, reply);
      });
      board.addHook("preParsing", async (request) => {
        if (!always && !(await mode.requiresKeys())) {
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

/** Browsers attach the password by themselves, even to requests of pages of other sites. */
function assertMayChange(request: FastifyRequest, writes: boolean): void {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") {
    throw new AppError("forbidden", "Pages of other sites cannot change the queues.");
  }
  if (!writes) {
    throw new AppError(
      "forbidden",
      "The queues are read-only; QUEUE_BOARD_WRITES=true lets admins change them.",
    );
  }
}
