import type { Pruning } from "@winnow/contracts";
import type { Texts } from "../texts/texts.js";
import type { FigureProps } from "./parts.js";

/** The share of wrong labels with its bounds; reports from before these have an interval alone. */
export function noiseFigure(report: Pruning["report"] | undefined, t: Texts): FigureProps {
  const rate = report?.noise?.rate ?? report?.estimatedNoiseRate;
  const bounds = report?.noise ?? report?.estimatedNoiseInterval;
  return {
    name: t("noise"),
    value: t.percent(rate),
    help: t("noiseHelp"),
    ...(bounds ? { more: `${t.percent(bounds.low)} – ${t.percent(bounds.high)}` } : {}),
  };
}
