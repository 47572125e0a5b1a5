import type { Pruning } from "@winnow/contracts";
import type { Texts } from "../texts/texts.js";
import type { FigureProps } from "./parts.js";

/**
 * The share of wrong labels with its bounds: as people measured it, else as the model estimates it, of
 * which reports from before the bounds have an interval alone.
 */
export function noiseFigure(
  pruning: Pick<Pruning, "report" | "sampledNoise"> | undefined,
  t: Texts,
): FigureProps {
  const measured = pruning?.sampledNoise?.noiseRate;
  const report = pruning?.report;
  const rate = measured?.estimate ?? report?.noise?.rate ?? report?.estimatedNoiseRate;
  const bounds = measured ?? report?.noise ?? report?.estimatedNoiseInterval;
  return {
    name: t(measured ? "measuredNoise" : "noise"),
    value: t.percent(rate),
    help: t(measured ? "measuredHelp" : "noiseHelp"),
    ...(bounds ? { more: `${t.percent(bounds.low)} – ${t.percent(bounds.high)}` } : {}),
  };
}
