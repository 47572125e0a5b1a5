import { z } from "zod";

/** A body that is not JSON and is streamed; the route's `produces` has its content types. */
export const Stream = z.unknown().meta({ description: "A streamed body" });
