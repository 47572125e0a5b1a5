import type { Scope } from "@winnow/contracts";
import { createApiKey, revokeApiKey, type Store } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";

/** A key of the scope: its id, and the header that carries it. */
export interface TestKey {
  readonly id: string;
  readonly token: string;
  readonly headers: { readonly authorization: string };
}

export async function makeKey(
  store: Store,
  scope: Scope,
  state: "good" | "revoked" | "expired" = "good",
): Promise<TestKey> {
  const made = await createApiKey(
    store,
    { name: `${scope} ${state}`, scope, expiresAt: null },
    "test",
  );
  const { id } = made.key;
  if (state === "revoked") await revokeApiKey(store, id, "test");
  if (state === "expired") {
    await poolOf(store).query("UPDATE api_keys SET expires_at = now() WHERE id = $1", [id]);
  }
  return { id, token: made.token, headers: { authorization: `Bearer ${made.token}` } };
}
