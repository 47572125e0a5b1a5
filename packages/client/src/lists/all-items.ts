import type { Calls } from "../calls/calls.js";
import type { CallInput, InputOf, ItemOf, ListRoute } from "../calls/routes.js";
import { routeOf } from "../contract/route.js";

/** Every item of a list, page after page: `for await (const flag of allItems(client, "listFlags", ...))`. */
export async function* allItems<N extends ListRoute>(
  client: Calls,
  route: N,
  ...[input]: InputOf<CallInput<N>>
): AsyncGenerator<ItemOf<N>> {
  const { largestPage: limit } = routeOf(route);
  let cursor: string | null = null;
  do {
    const query = {
      ...(limit === undefined ? {} : { limit }),
      ...input?.query,
      ...(cursor === null ? {} : { cursor }),
    };
    const page = (await client.call(route, { ...input, query } as never)) as {
      readonly data: readonly ItemOf<N>[];
      readonly nextCursor: string | null;
    };
    yield* page.data;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
