import { type Client, createClient, waitForJob } from "@winnow/client";
import type { Job } from "@winnow/contracts";

/** What a soak asked for, and how often the service was too busy. */
export interface Counts {
  requests: number;
  /** Answers of 503, after which the client asked again, as the contract says. */
  turnedAway: number;
  events: number;
  streams: number;
}

export interface CountingClient {
  readonly client: Client;
  readonly counts: Counts;
  /** The ended job; it is asked for twice a second, or by long polls. */
  ended(id: string, how: "polls" | "long polls"): Promise<Job>;
}

/** The product's own client, with its requests counted. */
export function openCountingClient(url: string): CountingClient {
  const counts: Counts = { requests: 0, turnedAway: 0, events: 0, streams: 0 };
  const client = createClient(url, {
    retries: 5,
    fetch: async (input, init) => {
      counts.requests += 1;
      const response = await fetch(input, init);
      if (response.status === 503) counts.turnedAway += 1;
      return response;
    },
  });
  return {
    client,
    counts,
    ended: (id, how) =>
      // With onUpdate it asks once a second, as a page does that shows progress.
      waitForJob(client, id, how === "polls" ? { onUpdate: () => {} } : {}),
  };
}
