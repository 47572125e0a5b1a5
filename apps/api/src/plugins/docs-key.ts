// Runs in the browser, on the page of the API: it is written into the page as it stands here, so it may
// use nothing from outside of it.

declare const location: { readonly hash: string; readonly href: string; readonly origin: string };
declare const history: { replaceState(state: null, title: string, url: string): void };
declare const window: { winnowKey?: string };

interface PageRequest {
  readonly url: string;
  readonly headers: Record<string, string>;
}

/**
 * `winnow open` puts the key into the fragment of the page's address, which browsers send to nobody. The
 * page takes it from there before the first request, and adds it to its requests to this service.
 */
export function addKeyOfFragment(request: PageRequest): PageRequest {
  // The page may have taken it for the place of an operation, and rewritten it, before this runs.
  const key = /^#\/?key(?:=|%3D)(wn_[\w-]+)$/.exec(location.hash)?.[1];
  if (key !== undefined) {
    window.winnowKey = key;
    // It should stay neither in the address bar nor in the history.
    history.replaceState(null, "", location.href.split("#", 1)[0] ?? "");
  }
  const isOurs = new URL(request.url, location.href).origin === location.origin;
  if (window.winnowKey && isOurs && !request.headers.Authorization) {
    request.headers.Authorization = `Bearer ${window.winnowKey}`;
  }
  return request;
}
