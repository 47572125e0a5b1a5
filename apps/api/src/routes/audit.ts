import { listAudit } from "@winnow/store";
import type { Handlers } from "../routing/route.js";
import type { Deps } from "./deps.js";

/** The audit: who changed what. */
export function auditHandlers({ store }: Deps) {
  return {
    listAudit: ({ query }) => listAudit(store, query),
  } satisfies Partial<Handlers>;
}
