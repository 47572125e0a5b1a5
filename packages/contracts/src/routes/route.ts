import type { z } from "zod";
import type { ErrorCode } from "../errors/error-catalogue.js";
import type { RouteScope } from "../resources/access.js";

export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: `/${string}`;
  readonly summary: string;
  /** What an API key must have to call it, once there are keys. */
  readonly scope: RouteScope;
  /**
   * For keys that see only what they made: the handler leaves out what others made. A route without it
   * is open to them only for an `id` in its path that is their own.
   */
  readonly ofOwner?: true;
  /** A POST that must not run twice: it honours an Idempotency-Key. */
  readonly idempotencyKey?: true;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Request headers of this route; loose, since any request has others too. */
  readonly headers?: z.ZodObject;
  /** A JSON body. A route without it and without `bytes` takes none. */
  readonly body?: z.ZodType;
  /** The most bytes of a JSON body; without it `BODY_BYTES.plain`. */
  readonly maxBodyBytes?: number;
  /** A body of bytes. */
  readonly bytes?: { readonly contentTypes: readonly string[]; readonly description: string };
  /** Status codes of success and their bodies; any route may also answer with a problem. */
  readonly responses: Readonly<Record<number, z.ZodType>>;
  /** Content types of a `Stream`, or those a 200 can have instead of JSON. */
  readonly produces?: readonly string[];
  /** Problems that are its own: `refusalsOf` adds those that follow from the other fields. */
  readonly refusals?: readonly ErrorCode[];
  /** Success of a request that asks for something else: only an estimate, a stream of events. */
  readonly alsoAnswers?: Readonly<Record<number, z.ZodType>>;
}
