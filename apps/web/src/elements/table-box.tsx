import { type ReactNode, useEffect, useRef, useState } from "react";

/** A table or list that may be larger than its place: then the box scrolls, and the keyboard reaches it. */
export function TableBox({
  label,
  className = "",
  children,
}: {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const box = useRef<HTMLElement>(null);
  const [isScrolled, setScrolled] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const look = () =>
      setScrolled(
        element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight,
      );
    const resized = new ResizeObserver(look);
    resized.observe(element);
    if (element.firstElementChild) resized.observe(element.firstElementChild);
    return () => resized.disconnect();
  }, []);
  return (
    <section
      className={`table-box ${className}`}
      ref={box}
      aria-label={label}
      tabIndex={isScrolled ? 0 : undefined}
    >
      {children}
    </section>
  );
}
