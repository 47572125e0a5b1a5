import { AuditEntry } from "../resources/access.js";
import { PageQuery, pageOf } from "../resources/pages.js";
import { text } from "../values/constraints.js";
import { ApiKeyId } from "../values/ids.js";

export const ACCESS_ROUTES = {
  listAudit: {
    method: "GET",
    path: "/v1/audit",
    scope: "admin",
    ofOwner: true,
    summary: "List who changed what, newest first",
    query: PageQuery.extend({
      keyId: ApiKeyId.optional(),
      resource: text().max(100).optional().meta({ description: "The id of what was changed" }),
    }),
    responses: { 200: pageOf(AuditEntry) },
  },
} as const;
