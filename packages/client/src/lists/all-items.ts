import { type Page, ROUTES, type Route } from "@winnow/contracts";
import type { Calls } from "../calls/calls.js";
import type { CallInput, InputOf, ItemOf, ListRoute } from "../calls/routes.js";

/** Every item of a list, page after page: `for await (const flag of allItems(client, "listFlags", ...))`. */
export async function* allItems<N extends ListRoute>(
  client: Calls,
  route: N,
  ...[input]: InputOf<CallInput<N>>
): AsyncGenerator<ItemOf<N>> {
  const limit = largestPage(ROUTES[route]);
  let cursor: string | null = null;
  do {
    const query = {
      ...(limit === undefined ? {} : { limit }),
      ...input?.query,
      ...(cursor === null ? {} : { cursor }),
    };
    const page = (await client.call(route, { ...input, query } as never)) as Page<ItemOf<N>>;
    yield* page.data;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** Rows that pages of lists may have at most. */
const PAGES = [1000, 200] as const;

/** The most that a page of this list may have; undefined where the service decides. */
function largestPage({ query }: Route): number | undefined {
  const limit = query?.shape.limit;
  return limit && PAGES.find((rows) => limit.safeParse(String(rows)).success);
}
