import { z } from "zod";

export const Seed = z
  .int()
  .min(0)
  .max(0xffff_ffff)
  .meta({ description: "Seeds every random choice" });

/** RFC 3339, UTC. */
export const Time = z.iso.datetime();

export const Count = z.int().min(0);
