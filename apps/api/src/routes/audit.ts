import { listAudit } from "@winnow/store";
import type { Deps } from "./deps.js";
import type { Handlers } from "../routing/route.js";

/** Who changed what. */
export function auditHandlers({ store }: Deps) {
  return {
    listAudit: ({ query }) => listAudit(store.pool, query),
  } satisfies Partial<Handlers>;
}
