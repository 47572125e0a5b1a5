import { useSyncExternalStore } from "react";

/** What the last answers say of the service. */
export interface Connection {
  readonly isReachable: boolean;
  /** It refuses what this tab sends: it wants a key, or another one. */
  readonly wantsKey: boolean;
}

let current: Connection = { isReachable: true, wantsKey: false };
const listeners = new Set<() => void>();

function set(next: Connection): void {
  if (next.isReachable === current.isReachable && next.wantsKey === current.wantsKey) return;
  current = next;
  for (const listener of listeners) listener();
}

/** fetch, which notes whether the service answered. */
export async function watchedFetch(...request: Parameters<typeof fetch>): Promise<Response> {
  try {
    const response = await fetch(...request);
    const isGateway = [502, 503, 504].includes(response.status);
    set({ isReachable: !isGateway, wantsKey: response.status === 401 });
    return response;
  } catch (error) {
    const isAborted = request[1]?.signal?.aborted === true;
    if (!isAborted) set({ ...current, isReachable: false });
    throw error;
  }
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useConnection = (): Connection => useSyncExternalStore(subscribe, () => current);
