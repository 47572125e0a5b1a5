import type { ReactNode } from "react";

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly text: ReactNode;
  /** The ends of an interval around the value. */
  readonly interval?: readonly [low: number, high: number];
  readonly href?: ReactNode;
}

/** Bars beside their names. The figures stand beside them as text, so the drawing itself is decoration. */
export function Bars({ items, most }: { readonly items: readonly Bar[]; readonly most?: number }) {
  const top = most ?? Math.max(...items.map(({ value, interval }) => interval?.[1] ?? value), 1e-9);
  const x = (value: number) => (100 * Math.min(value, top)) / top;
  return (
    <div className="bars">
      {items.map(({ name, value, text, interval }) => (
        <div className="bar-row" key={name}>
          <span className="name theirs" title={name}>
            {name}
          </span>
          <svg viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
            <rect className="bar-fill" y="2" width={x(value)} height="10" rx="1" />
            {interval && (
              <line
                className="bar-interval"
                x1={x(interval[0])}
                x2={x(interval[1])}
                y1="7"
                y2="7"
              />
            )}
          </svg>
          <span className="value">{text}</span>
        </div>
      ))}
    </div>
  );
}
