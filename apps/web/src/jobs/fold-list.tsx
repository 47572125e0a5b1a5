import type { Job, TaskView } from "@winnow/contracts";
import { useEffect, useMemo, useState } from "react";
import { Meter, StateTag } from "../elements/parts.js";
import { useTexts } from "../texts/texts.js";

type Curve = readonly (readonly [step: number, loss: number])[];

const POINTS = 200;

/** The folds of a training: where each is, and its loss since this page was opened. */
export function FoldList({ job }: { readonly job: Job }) {
  const t = useTexts();
  const folds = useMemo(() => job.tasks.filter(({ fold }) => fold !== null), [job.tasks]);
  const curves = useLossCurves(folds);
  const { total } = job.progress;
  const each = total === null || folds.length === 0 ? null : total / folds.length;
  return (
    <div>
      {folds.map((task) => {
        const { fold, state, step, attempt, metrics } = task;
        const share = state === "succeeded" ? 1 : each === null || each === 0 ? null : step / each;
        const name = t("foldName", { fold: (fold ?? 0) + 1 });
        const isOpen = state === "running";
        return (
          <div className="fold" key={fold}>
            <strong>{name}</strong>
            <Meter share={isOpen && share === 0 ? null : (share ?? 0)} label={name} thin />
            <StateTag state={state} />
            <dl>
              <Item name={t("steps")} value={t.number(step)} />
              <Item name={t("epoch")} value={numberOf(metrics?.epoch, t)} />
              <Item name={t("lossNow")} value={numberOf(metrics?.loss, t)} />
              {attempt > 1 && <Item name={t("attempt")} value={t.number(attempt)} />}
              <Spark points={curves.get(fold ?? 0) ?? []} />
            </dl>
          </div>
        );
      })}
    </div>
  );
}

const Item = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

const numberOf = (value: unknown, t: ReturnType<typeof useTexts>): string =>
  typeof value === "number" ? t.number(value, 3) : "–";

/** What each look at the job adds to the curve of each fold. */
function useLossCurves(folds: readonly TaskView[]): ReadonlyMap<number, Curve> {
  const [curves, setCurves] = useState<ReadonlyMap<number, Curve>>(new Map());
  useEffect(() => {
    setCurves((seen) => {
      const next = new Map(seen);
      for (const { fold, step, metrics } of folds) {
        const loss = metrics?.loss;
        const curve = seen.get(fold ?? 0) ?? [];
        if (typeof loss !== "number" || curve.at(-1)?.[0] === step) continue;
        next.set(fold ?? 0, [...curve, [step, loss] as const].slice(-POINTS));
      }
      return next;
    });
  }, [folds]);
  return curves;
}

function Spark({ points }: { readonly points: Curve }) {
  if (points.length < 2) return null;
  const [first, last] = [points[0]![0], points.at(-1)![0]];
  const losses = points.map(([, loss]) => loss);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const line = points
    .map(([step, loss]) => {
      const x = (90 * (step - first)) / Math.max(1, last - first);
      const y = 26 - (24 * (loss - low)) / Math.max(1e-9, high - low);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
  return (
    <svg className="spark" viewBox="0 0 90 28" aria-hidden="true">
      <polyline points={line} />
    </svg>
  );
}
