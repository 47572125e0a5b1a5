import { z } from "zod";
import { ApiKeyId } from "./ids.js";
import { Time } from "./primitives.js";

/** What an API key may do; each scope holds the ones before it. */
export const SCOPES = ["read", "write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** What a route asks for: a scope, or nothing at all. */
export type RouteScope = Scope | "public";

/** Whether a key of the scope `held` may call what asks for `needed`. */
export const holdsScope = (held: Scope, needed: Scope): boolean =>
  SCOPES.indexOf(held) >= SCOPES.indexOf(needed);

/** A key as lists show it: what is in it beyond its id is nowhere. */
export const ApiKey = z
  .object({
    id: ApiKeyId,
    name: z.string(),
    scope: z.enum(SCOPES),
    createdAt: Time,
    expiresAt: Time.nullable(),
    revokedAt: Time.nullable(),
    lastUsedAt: Time.nullable().meta({ description: "To the minute" }),
  })
  .meta({ id: "ApiKey" });
export type ApiKey = z.infer<typeof ApiKey>;

/** One change that somebody made or was refused. It never holds a secret or a sample's text. */
export const AuditEntry = z
  .object({
    id: z.string().meta({ description: "Monotonic" }),
    createdAt: Time,
    keyId: ApiKeyId.nullable().meta({ description: "null: no API key was asked for" }),
    action: z.string().meta({ description: "The operation's id, or the command" }),
    resource: z.string().nullable().meta({ description: "The id of what was changed or made" }),
    outcome: z.string().meta({ description: '"ok", or the code of the problem' }),
    requestId: z.string().nullable(),
  })
  .meta({ id: "AuditEntry" });
export type AuditEntry = z.infer<typeof AuditEntry>;
