/**
 * How well an entry fits what was typed: every typed word must be in it; words it starts with count most, so that
 * "dark" finds "Dark theme" and not whatever holds these four letters somewhere.
 */
export function fit(entry: string, typed: string): number {
  const words = entry.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  const scores = typed
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .map((wanted) => (words.some((word) => word.startsWith(wanted)) ? 1 : entry.toLowerCase().includes(wanted) ? 0.5 : 0));
  return scores.length === 0 ? 1 : Math.min(...scores);
}
