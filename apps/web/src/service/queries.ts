import {
  QueryClient,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import {
  ApiError,
  allItems,
  type CallInput,
  type CallOutput,
  type ItemOf,
  type JsonRoute,
  type ListRoute,
} from "@winnow/client";
import { isTerminal, type Job } from "@winnow/contracts";
import { useMemo } from "react";
import { service } from "./client.js";

const MINUTE_MS = 60_000;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The client has repeated it already; a refusal stays one, and an absence is waited for.
      retry: (failures, error) => !(error instanceof ApiError) && failures < 3,
      staleTime: 2_000,
      gcTime: 5 * MINUTE_MS,
      // The service may be on this very machine, whatever the network says.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

export type Input<N extends JsonRoute> = Omit<CallInput<N>, "signal" | "idempotencyKey">;

interface Settings<T> {
  readonly enabled?: boolean;
  /** Asks again after so long, as long as it returns a number. */
  readonly everyMs?: (data: T | undefined) => number | false;
  readonly keep?: boolean;
}

/** The answer of a route, held and shared by all who ask the same. */
export function useCall<N extends JsonRoute>(
  route: N,
  input: Input<N>,
  { enabled = true, everyMs, keep = false }: Settings<CallOutput<N>> = {},
): UseQueryResult<CallOutput<N>> {
  return useQuery<CallOutput<N>>({
    queryKey: [route, input],
    queryFn: ({ signal }) => service().call(route, ...([{ ...input, signal }] as never)),
    enabled,
    ...(everyMs ? { refetchInterval: ({ state }) => everyMs(state.data) } : {}),
    ...(keep ? { placeholderData: (before) => before as never } : {}),
  });
}

/** Every item of a list that is never long, such as classes. */
export function useAll<N extends ListRoute>(
  route: N,
  input: Input<N>,
  enabled = true,
): UseQueryResult<ItemOf<N>[]> {
  return useQuery<ItemOf<N>[]>({
    queryKey: [route, "all", input],
    queryFn: async ({ signal }) => {
      const items: ItemOf<N>[] = [];
      const pages = allItems(service(), route, ...([{ ...input, signal }] as never));
      for await (const item of pages) items.push(item);
      return items;
    },
    enabled,
  });
}

/** A long list, page after page as somebody scrolls. */
export function usePages<N extends ListRoute>(
  route: N,
  input: Input<N>,
  { enabled = true, everyMs }: { enabled?: boolean; everyMs?: number | false } = {},
) {
  const result = useInfiniteQuery({
    queryKey: [route, "pages", input],
    queryFn: async ({ signal, pageParam }) => {
      const query = { ...(input as { query?: object }).query, ...pageParam };
      return (await service().call(route, ...([{ ...input, query, signal }] as never))) as {
        data: ItemOf<N>[];
        nextCursor: string | null;
      };
    },
    initialPageParam: {} as { cursor?: string },
    getNextPageParam: (page) =>
      page.nextCursor === null ? undefined : { cursor: page.nextCursor },
    enabled,
    refetchInterval: everyMs ?? false,
  });
  const { data } = result;
  // Held: a long list is put together once, not at each drawing.
  const items = useMemo(() => data?.pages.flatMap((page) => page.data) ?? [], [data]);
  return { ...result, items };
}

/**
 * Does something through a route, and asks anew for whatever `touches`. `run` goes on with what was
 * answered, also where the element that asked is gone by then; a refusal stands in `error`.
 */
export function useAction<N extends JsonRoute>(route: N, touches: readonly JsonRoute[]) {
  const client = useQueryClient();
  const { mutateAsync, error, isPending } = useMutation<CallOutput<N>, Error, Input<N>>({
    mutationFn: (input) => service().call(route, ...([input] as never)),
    // Not waited for: what comes next does not hang on it.
    onSettled: () => {
      for (const touched of touches) void client.invalidateQueries({ queryKey: [touched] });
    },
  });
  const run = (input: Input<N>, then?: (answer: CallOutput<N>) => unknown): void => {
    mutateAsync(input).then(then, () => {
      // It is shown as `error`.
    });
  };
  return { run, error, isPending };
}

const PROGRESS_MS = 1_000;

/** A job, asked for every second until it has ended; a service that is away is asked again. */
export const useJob = (id: string | null | undefined) =>
  useCall(
    "getJob",
    { params: { id: id ?? "" } },
    {
      enabled: Boolean(id),
      everyMs: (job?: Job) => (job && isTerminal(job.state) ? false : PROGRESS_MS),
    },
  );
