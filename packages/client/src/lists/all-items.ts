import type { Page } from "@winnow/contracts";
import type { Calls } from "../calls/calls.js";
import type { CallInput, InputOf, ItemOf, ListRoute } from "../calls/routes.js";

/** What a page may hold at most. */
const LARGEST_PAGE = 1000;

/** Every item of a list, page after page: `for await (const flag of allItems(client, "listFlags", ...))`. */
export async function* allItems<N extends ListRoute>(
  client: Calls,
  route: N,
  ...[input]: InputOf<CallInput<N>>
): AsyncGenerator<ItemOf<N>> {
  let cursor: string | null = null;
  do {
    const query = { limit: LARGEST_PAGE, ...input?.query, ...(cursor === null ? {} : { cursor }) };
    const page = (await client.call(route, { ...input, query } as never)) as Page<ItemOf<N>>;
    yield* page.data;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
