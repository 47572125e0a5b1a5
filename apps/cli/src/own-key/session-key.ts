import { createApiKey, listApiKeys, revokeApiKey, type Store } from "@winnow/store";

/** By which the keys of `winnow up --private` are known again. */
const NAME = "winnow up --private";

/** A key for as long as a private service runs. */
export interface SessionKey {
  readonly token: string;
  revoke(store: Store): Promise<void>;
}

/** Makes the key, and revokes those that an earlier run left. `user` is for the audit. */
export async function makeSessionKey(store: Store, user: string): Promise<SessionKey> {
  for (let cursor: string | undefined; ; ) {
    const page = await listApiKeys(store, { limit: 1000, cursor });
    for (const { id, name, revokedAt } of page.data) {
      if (name === NAME && revokedAt === null) await revokeApiKey(store, id, "up --private", user);
    }
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  const { key, token } = await createApiKey(
    store,
    { name: NAME, scope: "admin", expiresAt: null },
    "up --private",
    user,
  );
  return {
    token,
    async revoke(open) {
      await revokeApiKey(open, key.id, "up --private", user);
    },
  };
}
