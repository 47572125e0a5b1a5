import type { Command } from "commander";
import { readEnvironment } from "../config.js";
import { givenDatabase } from "../database/given-database.js";
import { openAccess } from "../database/up-access.js";
import { folderSize } from "../files/folder-size.js";
import { given, wholeNumber } from "../options/values.js";
import { Interrupted } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { note, print } from "../terminal/output.js";
import { bytes } from "../terminal/text.js";

interface UpOptions {
  readonly port: number;
  readonly data: string;
  readonly trainers?: number;
  readonly private?: true;
}

/** `winnow up`: everything on this machine, until SIGINT or SIGTERM. */
export function addUp(program: Command): void {
  program
    .command("up")
    .summary("run the whole service until Ctrl-C")
    .description("run the whole service on this machine until Ctrl-C")
    .option("--port <port>", "the API's port on 127.0.0.1; 0 picks a free one", port, 8080)
    .option("--data <dir>", "folder for databases, files and logs", "./.winnow/data")
    .option(
      "--trainers <n>",
      "folds to train at a time (default: one a GPU, or one a core)",
      wholeNumber(1, 64),
    )
    .option("--private", "keep other users of this machine out: make a key that your commands find")
    .action(up);
}

const port = wholeNumber(0, 65_535);

async function up(options: UpOptions): Promise<void> {
  const settings = readEnvironment();
  const { DATABASE_URL, DIRECT_DATABASE_URL, REDIS_URL, LOG_LEVEL } = settings;
  const { withPlatform } = await import("../platform/platform.js"); // only where it runs
  const access = openAccess(options.private === true);
  await interruptible((signal) =>
    withPlatform(
      {
        dataDir: options.data,
        port: options.port,
        logLevel: LOG_LEVEL,
        durability: "safe",
        services: given({
          databaseUrl: DATABASE_URL,
          directDatabaseUrl: DIRECT_DATABASE_URL,
          ownerUrl: DATABASE_URL && givenDatabase(settings)?.ownerUrl,
          redisUrl: REDIS_URL,
        }),
        onEvent: (line) => note(line),
        onDatabase: access.onDatabase,
        ...given({ trainers: options.trainers }),
      },
      signal,
      async ({ url, dataDir, logsDir }, stopped) => {
        note(`data in ${dataDir}`);
        note(`logs in ${logsDir}`);
        const who = access.announce(url);
        print(`listening on ${url}`);
        note(who);
        // Counting many files may take a while.
        void folderSize(dataDir).then((size) => note(`the data take ${bytes(size)}`));
        await untilAborted(stopped).finally(access.end);
      },
    ),
  ).catch((error: unknown) => {
    // Ctrl-C is how this command ends.
    if (!(error instanceof Interrupted)) throw error;
  });
}

/** Rejects with the signal's reason. A pending promise alone would not keep the process alive. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const alive = setInterval(() => {}, 2 ** 30);
    const leave = () => {
      clearInterval(alive);
      reject(signal.reason);
    };
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
}
