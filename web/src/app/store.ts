import { useSyncExternalStore } from "react";

/** A value that lives outside React (theme, layout, running replies) and that components can follow. */
export interface Store<T> {
  get: () => T;
  set: (next: T | ((now: T) => T)) => void;
  subscribe: (listener: () => void) => () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      value = next instanceof Function ? next(value) : next;
      listeners.forEach((listener) => listener());
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T, S = T>(store: Store<T>, select: (value: T) => S = (value) => value as unknown as S): S {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

/** Reads a setting of this browser; blocked storage counts as unset. */
export function readSetting(key: string): string | null {
  try {
    return localStorage.getItem(`codemie.${key}`);
  } catch {
    return null;
  }
}

export function writeSetting(key: string, value: string): void {
  try {
    localStorage.setItem(`codemie.${key}`, value);
  } catch {
    // Storage may be blocked: the choice then lasts for this page only.
  }
}
