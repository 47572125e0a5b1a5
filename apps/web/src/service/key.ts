/** Held for this tab alone, so that a reload does not ask again. */
const STORE = "winnow-key";

/** `winnow open` puts the key into the address's fragment, which browsers send to nobody. */
export function takeKey(): void {
  const key = /^#\/?key(?:=|%3D)(wn_[\w-]+)$/.exec(location.hash)?.[1];
  if (key === undefined) return;
  holdKey(key);
  // It should stay neither in the address bar nor in the history.
  history.replaceState(history.state, "", location.pathname + location.search);
}

export const heldKey = (): string | undefined => sessionStorage.getItem(STORE) ?? undefined;

export const holdKey = (key: string): void => sessionStorage.setItem(STORE, key);

export const dropKey = (): void => sessionStorage.removeItem(STORE);
