import { createStore, readSetting, writeSetting } from "./store";

/** What of the frame is open. Only the rail's width is remembered. */
export const railCollapsed = createStore(readSetting("rail") === "collapsed");
export const mobileNavOpen = createStore(false);
export const paletteOpen = createStore(false);
export const keysOpen = createStore(false);

export function toggleRail(): void {
  railCollapsed.set((now) => !now);
  writeSetting("rail", railCollapsed.get() ? "collapsed" : "open");
}
