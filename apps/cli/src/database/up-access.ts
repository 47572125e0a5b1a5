import { forgetOwnKey, storeOwnKey } from "../own-key/key-file.js";
import type { SessionKey } from "../own-key/session-key.js";
import { withStore } from "./data-place.js";
import { systemUser } from "./system-user.js";

/** Who can reach the service of `winnow up`. */
export interface UpAccess {
  /** Before anybody can reach it: makes the key of a private one. */
  onDatabase(databaseUrl: string): Promise<void>;
  /** Stores the key where this user's commands find it; returns a line that says who can reach the URL. */
  announce(url: string): string;
  /** Takes the key back. */
  end(): Promise<void>;
}

export function openAccess(isPrivate: boolean): UpAccess {
  let database = "";
  let address = "";
  let hasKeys = false;
  let key: SessionKey | undefined;
  return {
    async onDatabase(databaseUrl) {
      database = databaseUrl;
      const { anyApiKey } = await import("@winnow/store"); // only where it runs
      const { makeSessionKey } = await import("../own-key/session-key.js");
      await withStore(databaseUrl, async (store) => {
        if (isPrivate) key = await makeSessionKey(store, systemUser());
        hasKeys = await anyApiKey(store);
      });
    },
    announce(url) {
      address = url;
      if (key) {
        const file = storeOwnKey(url, key.token);
        return `private: only you can use it; your commands find the key in ${file}, and \`winnow open\` opens the page`;
      }
      return hasKeys
        ? "only holders of an API key can use it (`winnow keys create`)"
        : "every user of this machine can use it, without a key; `winnow up --private` keeps others out";
    },
    async end() {
      const mine = key;
      if (!mine) return;
      forgetOwnKey(address, mine.token);
      // Without the database, the next private start revokes it.
      await withStore(database, (store) => mine.revoke(store)).catch(() => {});
    },
  };
}
