type Patched<T, C> = Omit<T, keyof C | "page"> & { [K in keyof C]?: Exclude<C[K], undefined> };

/** The search of a list after a filter changed: unset values leave the URL, and paging starts again. */
export function patched<T extends object, C extends object>(now: T, change: C): Patched<T, C> {
  const merged: [string, unknown][] = Object.entries({ ...now, page: undefined, ...change });
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined && value !== "")) as Patched<T, C>;
}
