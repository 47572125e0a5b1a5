import { z } from "zod";
import { Experiment } from "../resources/experiments.js";
import { JobId } from "../values/ids.js";
import { Stream } from "./stream.js";

const byExperiment = z.object({ id: JobId });

/** What an experiment has measured; also while it runs. */
export const EXPERIMENT_ROUTES = {
  getExperiment: {
    method: "GET",
    path: "/v1/experiments/:id",
    scope: "read",
    summary: "Get an experiment: the figures of its runs, and their means over the seeds",
    params: byExperiment,
    responses: { 200: Experiment },
  },
  getExperimentPicture: {
    method: "GET",
    path: "/v1/experiments/:id/picture.svg",
    scope: "read",
    summary: "Draw precision and recall of an experiment by rate and kind of noise",
    params: byExperiment,
    responses: { 200: Stream },
    produces: ["image/svg+xml"],
  },
} as const;
