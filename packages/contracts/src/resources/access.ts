import { z } from "zod";
import { ApiKeyId } from "../values/ids.js";
import { Time } from "../values/primitives.js";

/** What an API key can do; each scope includes the ones before it. */
export const SCOPES = ["read", "write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** What a route requires: a scope, or no key at all. */
export type RouteScope = Scope | "public";

/** Whether a key with the scope `held` can call a route that needs `needed`. */
export const holdsScope = (held: Scope, needed: Scope): boolean =>
  SCOPES.indexOf(held) >= SCOPES.indexOf(needed);

/** A key as lists show it. Its secret is stored only as a hash. */
export const ApiKey = z
  .object({
    id: ApiKeyId,
    name: z.string(),
    scope: z.enum(SCOPES).meta({ id: "Scope" }),
    ownerOnly: z.boolean().meta({ description: "It sees and changes only what it made itself" }),
    createdAt: Time,
    expiresAt: Time.nullable(),
    revokedAt: Time.nullable(),
    lastUsedAt: Time.nullable().meta({ description: "To the minute" }),
  })
  .meta({ id: "ApiKey" });
export type ApiKey = z.infer<typeof ApiKey>;

/** One change that was made or refused. It never contains a secret or the text of a sample. */
export const AuditEntry = z
  .object({
    id: z.string().meta({ description: "Increases" }),
    createdAt: Time,
    keyId: ApiKeyId.nullable().meta({ description: "null: no API key was required" }),
    action: z.string().meta({ description: "The id of the operation, or the command" }),
    resource: z.string().nullable().meta({ description: "The id of what was changed or created" }),
    outcome: z.string().meta({ description: '"ok", or the code of the problem' }),
    requestId: z.string().nullable(),
    user: z
      .string()
      .nullable()
      .meta({ description: "The operating-system user that ran the command; null for requests" }),
  })
  .meta({ id: "AuditEntry" });
export type AuditEntry = z.infer<typeof AuditEntry>;
