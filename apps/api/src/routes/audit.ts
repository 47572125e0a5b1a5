import { listAudit } from "@winnow/store";
import type { Deps } from "../routing/deps.js";
import type { Handlers } from "../routing/route.js";

/** The audit: who changed what. */
export function auditHandlers({ store }: Deps) {
  return {
    listAudit: ({ query }) => listAudit(store, query),
  } satisfies Partial<Handlers>;
}
