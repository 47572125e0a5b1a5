// Reviews of a pruning with many flags, through the API's process: what twenty people at once wait for,
// and a review of all flags by a filter with its undo. The peer is a bare INSERT ... SELECT of as many
// rows of the same table in the same run.
//   npm run bench:review -- [--flags 100000] [--reviewers 20] [--seconds 20]
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Client, createClient } from "@winnow/client";
import { openStore } from "@winnow/store";
import { seedPruning } from "./review/seed.js";
import { round, timed } from "./service/figures.js";
import { withService } from "./service/service-processes.js";

const { values } = parseArgs({
  options: {
    flags: { type: "string", default: "100000" },
    reviewers: { type: "string", default: "20" },
    seconds: { type: "string", default: "20" },
  },
});
const flags = Number(values.flags);
const reviewers = Number(values.reviewers);
const seconds = Number(values.seconds);
/** A quick person looks at a row for so long. */
const THINKING_MS = 250;
const ROWS_A_PAGE = 20;
let missed = 0;

await withService({ worker: { WORKER_ROLES: "orchestrator" } }, async (service) => {
  const store = openStore({ databaseUrl: service.databaseUrl, applicationName: "bench" });
  try {
    const seeded = await seedPruning(store, { flags, classes: reviewers });
    const client = createClient(service.url);
    // Code that runs for the first time is compiled, connections are opened.
    await reviewFor(client, seeded, 2, { pages: [], decisions: [] });
    const met = { pages: [] as number[], decisions: [] as number[] };
    await reviewFor(client, seeded, seconds, met);
    console.log(
      `${reviewers} reviewers at once, ${flags} flags, ${met.decisions.length} decisions`,
    );
    report("a decision", met.decisions);
    report(`a page of ${ROWS_A_PAGE} rows`, met.pages);

    const body = {
      ...({ type: "filter", pruningId: seeded.pruningId, verdict: "relabel" } as const),
      filter: { state: "pending" } as const,
    };
    const params = { id: seeded.datasetId };
    const made = await timed(() => client.call("createReviews", { params, body }));
    const undone = await timed(() => client.call("undoReviews", { params, body: {} }));
    const bare = await timed(() => seeded.insertBare());
    console.log(`a review of ${made.value.rows} rows by a filter, and its undo`);
    console.log(
      `  review ${round(made.seconds)} s, undo ${round(undone.seconds)} s, bare INSERT ${round(bare.seconds)} s`,
    );
    console.log(`  review : bare INSERT ${round(made.seconds / bare.seconds, 1)}`);
    judge("review and undo below 3 s", made.seconds < 3 && undone.seconds < 3);
  } finally {
    await store.close();
  }
});
process.exitCode = missed > 0 ? 1 : 0;

/** Everybody reviews the flags of a class of their own. */
async function reviewFor(
  client: Client,
  { datasetId, pruningId }: { readonly datasetId: string; readonly pruningId: string },
  forSeconds: number,
  met: { pages: number[]; decisions: number[] },
): Promise<void> {
  const end = performance.now() + forSeconds * 1000;
  const one = async (n: number) => {
    await sleep((THINKING_MS * n) / reviewers);
    while (performance.now() < end) {
      const page = await timed(() =>
        client.call("listReviewQueue", {
          params: { id: pruningId },
          query: { given: `class ${n}`, limit: ROWS_A_PAGE },
        }),
      );
      met.pages.push(page.seconds * 1000);
      for (const { ordinal } of page.value.data) {
        if (performance.now() >= end) return;
        await sleep(THINKING_MS);
        const decision = await timed(() =>
          client.call("createReviews", {
            params: { id: datasetId },
            body: { type: "rows", reviews: [{ ordinal, verdict: "keep" }], pruningId },
          }),
        );
        met.decisions.push(decision.seconds * 1000);
      }
    }
  };
  await Promise.all(Array.from({ length: reviewers }, (_, n) => one(n)));
}

function report(what: string, milliseconds: readonly number[]): void {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.floor(share * (sorted.length - 1))]!, 1);
  console.log(`  ${what}, ms: median ${at(0.5)}, p99 ${at(0.99)}, highest ${at(1)}`);
  judge("p99 below 50 ms", at(0.99) < 50);
}

function judge(bar: string, isMet: boolean): void {
  if (!isMet) missed += 1;
  console.log(`  ${isMet ? "met   " : "missed"} ${bar}`);
}
