/** Numbers, sizes and times as people read them. Relative times always come with the absolute one on hover. */

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const absolute = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** The server sends UTC; older rows carry no zone designator. */
export function parseDate(value: string): Date {
  return new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`);
}

export function relativeTime(value: string, now: number = Date.now()): string {
  const seconds = secondsUntil(value, now);
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return "just now";
}

/** Negative for the past. */
export function secondsUntil(value: string, now: number = Date.now()): number {
  return Math.round((parseDate(value).getTime() - now) / 1000);
}

export function absoluteTime(value: string): string {
  return absolute.format(parseDate(value));
}

const day = new Intl.DateTimeFormat("en", { dateStyle: "medium" });

/** The date so many days from now. */
export function dateAfter(days: number, now: number = Date.now()): string {
  return day.format(new Date(now + days * 86_400_000));
}

export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

export function bytes(size: number): string {
  if (size < 1024) return `${Math.round(size)} B`;
  const units = ["kB", "MB", "GB"];
  let value = size / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? "GB"}`;
}

export function count(value: number, one: string, many = `${one}s`): string {
  return `${value.toLocaleString("en")} ${value === 1 ? one : many}`;
}

const cents = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
const fractions = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumSignificantDigits: 2 });

/** US dollars; below a cent to two digits that count. */
export function dollars(amount: number): string {
  return (amount < 0.01 ? fractions : cents).format(amount);
}
