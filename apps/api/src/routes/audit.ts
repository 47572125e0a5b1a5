import { listAudit, pageOfArray } from "@winnow/store";
import { onlyOwner } from "../plugins/access.js";
import type { Deps } from "../routing/deps.js";
import type { Handlers } from "../routing/route.js";

/** The audit: who changed what. */
export function auditHandlers({ store }: Deps) {
  return {
    async listAudit(request) {
      const { keyId, ...query } = request.query;
      const own = onlyOwner(request);
      // What others did is not there for it.
      if (own !== undefined && keyId !== undefined && keyId !== own)
        return pageOfArray(["audit", keyId], [], query);
      return listAudit(store, { ...query, keyId: own ?? keyId });
    },
  } satisfies Partial<Handlers>;
}
