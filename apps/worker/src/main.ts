import closeWithGrace from "close-with-grace";
import { pino } from "pino";
import { ConfigError, readConfig, type WorkerConfig } from "./config.js";
import { startWorker } from "./worker.js";

// The worker's process. It ends on SIGTERM or SIGINT, and with its parent when it was forked.

const config = configOrExit();
const log = pino({ name: "worker", level: config.logLevel });

const starting = startWorker(config, log);
const grace = closeWithGrace(
  { delay: config.shutdownGraceMs, logger: { error: (message) => log.error(message) } },
  async ({ signal, err }) => {
    if (err) log.fatal({ err }, "the worker stops after an error");
    else log.info({ signal }, "the worker stops");
    const worker = await starting.catch(() => null);
    await worker?.close();
  },
);
process.on("disconnect", () => grace.close());

try {
  const { backend } = await starting;
  process.send?.({ type: "ready", roles: [...config.roles], backend });
} catch (error) {
  log.fatal({ err: error }, "the worker could not start");
  process.exit(1);
}

function configOrExit(): WorkerConfig {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
