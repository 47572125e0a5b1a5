import type { Experiment, ExperimentSummary, MeanOverSeeds } from "@winnow/contracts";

// Plain SVG with its own colors: it is read beside white pages and dark ones, and by no script.

const PANEL = { width: 300, height: 200, left: 46, top: 44, gap: 34 };
const COLORS = ["#0b6e99", "#b5451b", "#5b7f1d", "#7a3e9d", "#8a6d00", "#30577a"];
const FONT = 'font-family="system-ui, sans-serif"';

/** One line in each panel: a kind of noise with one way of pruning. */
interface Series {
  readonly name: string;
  readonly points: readonly ExperimentSummary[];
}

/** Precision and recall against the share of wrong labels, with their intervals over the seeds. */
export function experimentPicture(experiment: Experiment): string {
  const series = seriesOf(experiment);
  const { width, height, left, top, gap } = PANEL;
  const total = { width: 2 * (width + left) + gap, height: top + height + 44 + 18 * series.length };
  const most = Math.max(0.1, ...experiment.summary.map(({ noiseRate }) => noiseRate.mean));
  const right = Math.min(1, Math.ceil(most * 10 + 0.5) / 10);
  const panels = (["precision", "recall"] as const).map((figure, i) => {
    const at = left + i * (width + left + gap);
    return `<g transform="translate(${at} ${top})">${panel(figure, series, right)}</g>`;
  });
  const legend = series.map(({ name }, i) => {
    const y = top + height + 52 + 18 * i;
    return `<rect x="${left}" y="${y - 9}" width="14" height="4" fill="${colorOf(i)}"/><text x="${left + 22}" y="${y}" font-size="12" fill="#222">${escaped(name)}</text>`;
  });
  const label = `Precision and recall of flags by noise rate: ${series.map(({ name }) => name).join(", ")}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total.width} ${total.height}" width="${total.width}" height="${total.height}" role="img" aria-label="${escaped(label)}" ${FONT}>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...panels,
    ...legend,
    "</svg>",
    "",
  ].join("\n");
}

function seriesOf({ params, summary }: Experiment): Series[] {
  const byName = new Map<string, ExperimentSummary[]>();
  const isOneWay = params.prunings.length === 1;
  for (const point of summary) {
    const { noise, type, pruning, method, order } = point;
    const isOnlyOne = params.noises.filter((other) => other.type === type).length === 1;
    const kind = isOnlyOne ? type : `${type} (noise ${noise + 1})`;
    const name = isOneWay ? `${kind} noise` : `${kind} noise, ${pruning + 1}: ${method} / ${order}`;
    const points = byName.get(name);
    if (points) points.push(point);
    else byName.set(name, [point]);
  }
  return [...byName].map(([name, points]) => ({
    name,
    points: points.sort((a, b) => a.noiseRate.mean - b.noiseRate.mean),
  }));
}

function panel(figure: "precision" | "recall", series: readonly Series[], right: number): string {
  const { width, height } = PANEL;
  const x = (rate: number): string => ((rate / right) * width).toFixed(1);
  const y = (share: number): string => ((1 - share) * height).toFixed(1);
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<path d="M0 ${y(share)}H${width}" stroke="#ddd"/><text x="-8" y="${Number(y(share)) + 4}" font-size="11" text-anchor="end" fill="#444">${share * 100} %</text>`,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (part) =>
      `<text x="${x(part * right)}" y="${height + 16}" font-size="11" text-anchor="middle" fill="#444">${Math.round(part * right * 1000) / 10} %</text>`,
  );
  const lines = series.map(({ points }, i) => {
    const known = points.flatMap((point) => {
      const value = point[figure];
      return value ? [{ rate: point.noiseRate.mean, value }] : [];
    });
    const path = known
      .map(({ rate, value }, n) => `${n ? "L" : "M"}${x(rate)} ${y(value.mean)}`)
      .join("");
    const marks = known.map(
      ({ rate, value }) =>
        `${interval(x(rate), value, y)}<circle cx="${x(rate)}" cy="${y(value.mean)}" r="3.5"/>`,
    );
    return `<g stroke="${colorOf(i)}" fill="${colorOf(i)}"><path d="${path}" fill="none" stroke-width="2"/>${marks.join("")}</g>`;
  });
  const title = `<text x="0" y="-16" font-size="14" font-weight="600" fill="#222">${figure === "precision" ? "Precision" : "Recall"} of the flags</text>`;
  const below = `<text x="${width / 2}" y="${height + 32}" font-size="11" text-anchor="middle" fill="#444">wrong labels injected</text>`;
  return [title, ...grid, ...ticks, below, ...lines].join("");
}

/** 95 % of the mean over the seeds; one seed has none. */
const interval = (x: string, { low, high }: MeanOverSeeds, y: (share: number) => string): string =>
  low === null || high === null
    ? ""
    : `<path d="M${x} ${y(low)}V${y(high)}" stroke-opacity="0.45" stroke-width="5"/>`;

const colorOf = (i: number): string => COLORS[i % COLORS.length]!;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
