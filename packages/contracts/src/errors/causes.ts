export interface Cause {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly message?: unknown;
}

const DEEPEST = 6;

/** An error, its causes, and the driver's error inside one of Prisma's. */
export function* causesOf(error: unknown): Generator<Cause> {
  let at: unknown = error;
  for (let depth = 0; typeof at === "object" && at !== null && depth < DEEPEST; depth++) {
    yield at;
    const { cause, meta } = at as { cause?: unknown; meta?: { driverAdapterError?: unknown } };
    at = cause ?? meta?.driverAdapterError;
  }
}
