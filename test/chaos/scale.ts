/**
 * How hard the tests of this folder hit: "full" in `npm run test:chaos`, "short" in `npm test`. Read
 * here and nowhere else.
 */
export const SCALE: "full" | "short" = process.env.CHAOS_SCALE === "full" ? "full" : "short";

/** The figure of this run's scale. */
export const scaled = <T>(figures: { readonly full: T; readonly short: T }): T => figures[SCALE];

/** The seed of this run's random moments: `CHAOS_SEED=...` repeats one. */
export const SEED: number =
  process.env.CHAOS_SEED === undefined
    ? Math.floor(Math.random() * 2 ** 31)
    : Number(process.env.CHAOS_SEED);
