import { z } from "zod";
import { listOf } from "../values/constraints.js";

export const Rate = z.number().min(0).max(1);

/** [i][j]: the share of class i that is labelled j. */
export const NoiseMatrix = listOf(listOf(Rate, { max: 2000 }).meta({ id: "NoiseMatrixRow" }), {
  max: 2000,
});
