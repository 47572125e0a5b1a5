import { ROUTES, type Route } from "@winnow/contracts";
import { describe, expect, it } from "vitest";
import type { Calls } from "../calls/calls.js";
import type { ListRoute } from "../calls/routes.js";
import { allItems } from "./all-items.js";

const LISTS = Object.entries<Route>(ROUTES).flatMap(([name, { query }]) =>
  query && "cursor" in query.shape ? [name as ListRoute] : [],
);

describe("all items of a list", () => {
  it.each(LISTS)("%s: asks in pages that the route takes, to the last one", async (name) => {
    const { query: schema }: Route = ROUTES[name];
    const asked: Record<string, unknown>[] = [];
    const calls = {
      call: async (_: string, { query }: { query: Record<string, unknown> }) => {
        asked.push(query);
        const isLast = query.cursor !== undefined;
        return { data: [asked.length], hasMore: !isLast, nextCursor: isLast ? null : "next" };
      },
    } as unknown as Calls;
    const items: unknown[] = [];
    for await (const item of allItems(calls, name as "listJobs")) items.push(item);
    expect(items).toEqual([1, 2]);
    for (const query of asked) {
      const sent = Object.entries(query).map(([key, value]) => [key, String(value)]);
      expect(schema!.safeParse(Object.fromEntries(sent)).error).toBeUndefined();
    }
    expect(asked.map(({ cursor }) => cursor)).toEqual([undefined, "next"]);
  });
});
