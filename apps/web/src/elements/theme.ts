import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark" | "system";

const STORE = "winnow-theme";
const listeners = new Set<() => void>();
const darkSystem = matchMedia("(prefers-color-scheme: dark)");

const chosen = (): Theme => {
  const stored = localStorage.getItem(STORE);
  return stored === "light" || stored === "dark" ? stored : "system";
};

const isDark = (): boolean => chosen() === "dark" || (chosen() === "system" && darkSystem.matches);

function apply(): void {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  for (const listener of listeners) listener();
}

/** Shows the page as last chosen, and follows the system where nothing was. */
export function startTheme(): void {
  apply();
  darkSystem.addEventListener("change", apply);
}

export function setTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(STORE);
  else localStorage.setItem(STORE, theme);
  apply();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useTheme = (): Theme => useSyncExternalStore(subscribe, chosen);

/** For what draws itself, such as a canvas. */
export const useIsDark = (): boolean => useSyncExternalStore(subscribe, isDark);

/** A colour of the style sheets, such as `--accent`. */
export const colourOf = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();
