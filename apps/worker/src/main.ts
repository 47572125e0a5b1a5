import { parseArgs } from "node:util";
import { ConfigError, escapeControls } from "@winnow/contracts";
import closeWithGrace from "close-with-grace";
import { pino } from "pino";
import { readConfig, type WorkerConfig } from "./config.js";
import { startWorker } from "./service/start-worker.js";

// The worker's process. It ends on SIGTERM or SIGINT, and with its parent if it was forked; with
// `--once`, after one delivery too.

/** How the process ends; docs/explanation/reliability.md explains the codes. 1 is any error, wrong settings too. */
const EXIT = { error: 1, deadline: 3, secondSignal: 4 } as const;

const config = configOrExit();
const log = pino({
  name: "worker",
  level: config.logLevel,
  // JSON writes out the controls of ASCII only, and logs are read on terminals.
  hooks: { streamWrite: escapeControls },
});

const closing = new AbortController();
const starting = startWorker(
  config,
  log,
  (why, needsAction) => process.send?.({ type: "waiting", why, needsAction }),
  closing.signal,
);
const grace = closeWithGrace(
  {
    delay: config.shutdownGraceMs,
    logger: { error: (message) => log.error(message) },
    onTimeout(delayMs) {
      log.error(
        { delayMs },
        "the shutdown deadline has passed: other workers take over the tasks still held",
      );
      process.exit(EXIT.deadline);
    },
    onSecondSignal(signal) {
      log.error({ signal }, "a second signal: other workers take over the tasks still held");
      process.exit(EXIT.secondSignal);
    },
  },
  async ({ signal, err }) => {
    if (err) log.fatal({ err }, "the worker stops after an error");
    else log.info({ signal }, "the worker stops");
    closing.abort();
    const worker = await starting.catch(() => null);
    await worker?.close();
  },
);
process.on("disconnect", () => grace.close());

try {
  const { backend, once } = await starting;
  process.send?.({ type: "ready", roles: [...config.roles], backend });
  const end = await once?.ended;
  if (end === "delivered" || end === "idle") {
    log.info(end === "idle" ? "no delivery came" : "the one delivery has ended");
    grace.close();
  }
} catch (error) {
  if (!closing.signal.aborted) fail(error);
}

function fail(error: unknown): never {
  if (error instanceof ConfigError) console.error(error.message);
  else log.fatal({ err: error }, "the worker ends with an error");
  process.exit(EXIT.error);
}

function configOrExit(): WorkerConfig {
  try {
    return readConfig(undefined, options());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(EXIT.error);
  }
}

function options(): { once?: boolean } {
  try {
    return parseArgs({ options: { once: { type: "boolean" } } }).values;
  } catch (error) {
    throw new ConfigError([`${(error as Error).message}. The worker's only option is --once.`]);
  }
}
