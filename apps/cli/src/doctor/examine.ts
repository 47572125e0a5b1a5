import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";
import type { CliSettings } from "../config.js";
import { type Finding, ok, problem, warning, whyNot } from "./finding.js";
import { checkDisk, checkMachine, checkNode } from "./machine.js";
import { type Place, type Server, withPlace } from "./places.js";
import { checkPostgres } from "./postgres.js";
import { checkRedis } from "./redis.js";
import { checkStorage } from "./storage.js";

export interface Examination {
  readonly dataDir: string | undefined;
  readonly settings: CliSettings;
  /** Makes the storage folder the database's. */
  readonly adopt: boolean;
  /** Tries what trainings can compute with. */
  tryBackends(): Promise<Finding>;
  /** Gets the findings in their order, each as soon as those before it are known. */
  onFinding(finding: Finding): void;
}

const USUAL_PORT = 8080;

/** Tries all that the service needs before it starts; changes nothing, except by `adopt`. */
export async function examine(options: Examination): Promise<Finding[]> {
  const { dataDir, settings, onFinding } = options;
  return withPlace(dataDir, settings, async (place) => {
    const all: Finding[] = [];
    const parts = [
      [checkNode(), checkMachine()],
      examinePostgres(place),
      examineRedis(place, settings.QUEUE_PREFIX),
      examineStorage(place, options.adopt),
      place.kind === "environment" || place.isUp ? [] : checkPort(),
      options.tryBackends().then((finding) => [finding]),
    ];
    for (const part of parts) {
      for (const finding of await part) {
        all.push(finding);
        onFinding(finding);
      }
    }
    return all;
  });
}

async function examinePostgres({ kind, postgres }: Place): Promise<Finding[]> {
  if (!("url" in postgres)) return [missing("postgres", postgres)];
  const { url: databaseUrl, directUrl: directDatabaseUrl } = postgres;
  const findings = await checkPostgres({ databaseUrl, directDatabaseUrl });
  if (kind === "environment") return findings;
  return findings.map((finding) =>
    finding.name === "migrations" && finding.fix === "run winnow migrate"
      ? ok("migrations", `${finding.found}; winnow up applies them`)
      : finding,
  );
}

async function examineRedis({ redis }: Place, queuePrefix: string): Promise<Finding[]> {
  return "url" in redis ? checkRedis(redis.url, queuePrefix) : [missing("redis", redis)];
}

async function examineStorage(place: Place, adopt: boolean): Promise<Finding[]> {
  const { kind, postgres, storageDir } = place;
  const disk = await checkDisk(storageDir);
  if (kind === "trial") return [await mayMake(storageDir), disk];
  const nowhere = "postgresql://127.0.0.1:1/none";
  const url = postgres.directUrl ?? ("url" in postgres ? postgres.url : nowhere);
  return [...(await checkStorage(storageDir, url, adopt)), disk];
}

/** A server that is not there: what was set, or why it did not start. */
function missing(name: string, { missing: why }: Extract<Server, { missing: unknown }>): Finding {
  const fix = why instanceof Error && Reflect.get(why, "fix");
  if (typeof fix !== "string") {
    return problem(name, whyNot(why), `set it to a ${name} that both API and workers reach`);
  }
  const found = whyNot(why).replace(`\n${fix}`, "");
  return problem(name, found.replaceAll("\n", " "), fix.replaceAll(/\n */g, " "));
}

/** Whether this user can make a folder that is not there yet. */
async function mayMake(folder: string): Promise<Finding> {
  for (let above = folder; ; above = dirname(above)) {
    try {
      await access(above, constants.W_OK | constants.X_OK);
      return ok("storage", `${folder} can be made`);
    } catch (error) {
      const isMissing = error instanceof Error && Reflect.get(error, "code") === "ENOENT";
      if (isMissing && above !== dirname(above)) continue;
      const fix = "name a folder with --data that this user can write to";
      return problem("storage", `${above} cannot be written`, fix);
    }
  }
}

function checkPort(): Promise<Finding[]> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => {
      const found = `${USUAL_PORT} is taken (${whyNot(error)})`;
      resolve([
        warning("port", found, "run winnow up --port with another one; 0 finds a free one"),
      ]);
    });
    server.listen(USUAL_PORT, "127.0.0.1", () => {
      server.close(() => resolve([ok("port", `${USUAL_PORT} is free`)]));
    });
  });
}
