import { type FocusEvent, useLayoutEffect, useRef } from "react";

/**
 * Props of an element that takes the focus itself where the part of it that had the focus is gone with
 * `shown`: otherwise it would be lost, and Tab would begin at the top of the page.
 */
export function useKeptFocus(shown: unknown) {
  const element = useRef<HTMLElement>(null);
  const hasFocus = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks after each other thing that is shown
  useLayoutEffect(() => {
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (hasFocus.current && isLost) element.current?.focus({ preventScroll: true });
  }, [shown]);
  return {
    ref: element,
    tabIndex: -1,
    onFocus: () => {
      hasFocus.current = true;
    },
    // Nobody hears of an element that is removed: only of a focus that moves.
    onBlur: ({ currentTarget, relatedTarget }: FocusEvent) => {
      hasFocus.current = currentTarget.contains(relatedTarget);
    },
  };
}
