import { Fragment, type ReactNode, useEffect } from "react";
import { isolate } from "../texts/isolate.js";
import { useTexts } from "../texts/texts.js";

/** The head of every page: the way to it, its title, which is the window's too, and what stands beside. */
export function PageHead({
  title,
  isTheirs = false,
  crumbs = [],
  children,
}: {
  readonly title: string;
  /** The title is a name that somebody gave. */
  readonly isTheirs?: boolean;
  /** Links to what this is a part of, the outermost first. */
  readonly crumbs?: readonly ReactNode[];
  readonly children?: ReactNode;
}) {
  const t = useTexts();
  useEffect(() => {
    document.title = `${isTheirs ? isolate(title) : title} · Winnow`;
  }, [title, isTheirs]);
  return (
    <div className="page-head">
      {crumbs.length > 0 && (
        <nav className="crumb theirs" aria-label={t("wayHere")}>
          {crumbs.map((crumb, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the way to a page has a fixed length
            <Fragment key={i}>
              {i > 0 && " › "}
              {crumb}
            </Fragment>
          ))}
        </nav>
      )}
      <h1 className={isTheirs ? "theirs" : undefined}>{title}</h1>
      {children}
    </div>
  );
}
