// A fleet of `worker --once` that train nothing, through PgBouncer in transaction mode, with hosts that are taken
// away at random: is a fold lost or done twice, what does a fold cost beside its training, how long does it wait?
// Then two hosts in network namespaces, the link of one cut for a minute. Needs pgbouncer, and root for the link.
//   npm run bench:fleet -- [--workers 200] [--folds 5000] [--fold-ms 20000] [--workers-a-host 20]
//     [--part fleet|link|both] [--seed 1]
import { parseArgs } from "node:util";
import { measureFleet } from "./fleet/measure-fleet.js";
import { measureLink } from "./fleet/measure-link.js";

const { values } = parseArgs({
  options: {
    workers: { type: "string", default: "200" },
    folds: { type: "string", default: "5000" },
    "fold-ms": { type: "string", default: "20000" },
    "workers-a-host": { type: "string", default: "20" },
    part: { type: "string", default: "both" },
    seed: { type: "string", default: "1" },
    pgbouncer: { type: "string", default: "/usr/sbin/pgbouncer" },
  },
});
const settings = {
  workers: Number(values.workers),
  folds: Number(values.folds),
  foldMs: Number(values["fold-ms"]),
  workersAHost: Number(values["workers-a-host"]),
  seed: Number(values.seed),
  pgbouncer: values.pgbouncer,
};
const verdicts: boolean[] = [];
if (values.part !== "link") verdicts.push(await measureFleet(settings));
if (values.part !== "fleet") verdicts.push(await measureLink(settings));
process.exitCode = verdicts.every(Boolean) ? 0 : 1;
