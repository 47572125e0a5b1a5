import type { ReactNode } from "react";
import { type TextKey, useTexts } from "../texts/texts.js";
import { Fault } from "./problems.js";

const TONES: Readonly<Record<string, string>> = {
  succeeded: "good",
  ready: "good",
  running: "busy",
  queued: "busy",
  training: "busy",
  ingesting: "busy",
  pending: "busy",
  cancelling: "busy",
  failed: "bad",
};

/** The state of a job, a fold, a dataset, ... in words. */
export function StateTag({ state }: { readonly state: string }) {
  const t = useTexts();
  return <span className={`tag ${TONES[state] ?? ""}`}>{t(`state-${state}` as TextKey)}</span>;
}

export interface FigureProps {
  readonly name: string;
  readonly value: ReactNode;
  readonly more?: ReactNode;
  readonly help?: string;
}

/** The figures at the head of a page. */
export function Figures({ items }: { readonly items: readonly FigureProps[] }) {
  return (
    <dl className="figures">
      {items.map(({ name, value, more, help }) => (
        <div className="figure" key={name} title={help}>
          <dt>{name}</dt>
          <dd>
            {value}
            {more !== undefined && <small>{more}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** How far something is; without a share it only says that it goes on. */
export function Meter({
  share,
  label,
  thin = false,
}: {
  readonly share: number | null;
  readonly label: string;
  readonly thin?: boolean;
}) {
  const isWaiting = share === null;
  return (
    <span
      className={`meter${thin ? " thin" : ""}${isWaiting ? " waiting" : ""}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(isWaiting ? {} : { "aria-valuenow": Math.round(share * 100) })}
    >
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect width={isWaiting ? 25 : Math.min(100, share * 100)} height="8" />
      </svg>
    </span>
  );
}

interface Asked<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  refetch(): unknown;
}

/** An answer once it is there; until then that it loads, or why it does not come. */
export function Loaded<T>({
  from,
  children,
}: {
  readonly from: Asked<T>;
  readonly children: (data: T) => ReactNode;
}) {
  const t = useTexts();
  if (from.data !== undefined) return children(from.data);
  if (from.error) return <Fault error={from.error} retry={() => from.refetch()} />;
  return (
    <p className="empty" role="status">
      {t("loading")}
    </p>
  );
}
