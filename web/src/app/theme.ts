import { useMediaQuery } from "@/lib/use-media-query";

import { createStore, readSetting, useStore, writeSetting } from "./store";

export type Theme = "light" | "dark" | "system";

const stored = readSetting("theme");
const store = createStore<Theme>(stored === "light" || stored === "dark" ? stored : "system");
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
  const theme = store.get();
  document.documentElement.classList.toggle("dark", theme === "dark" || (theme === "system" && systemDark.matches));
}

/** Follows the system while nothing else was chosen. Called once at start. */
export function watchSystemTheme(): void {
  systemDark.addEventListener("change", apply);
}

export function setTheme(theme: Theme): void {
  store.set(theme);
  writeSetting("theme", theme);
  apply();
}

export function useTheme(): Theme {
  return useStore(store);
}

/** Whether the page is dark now. */
export function useIsDark(): boolean {
  const theme = useTheme();
  const system = useMediaQuery("(prefers-color-scheme: dark)");
  return theme === "dark" || (theme === "system" && system);
}
