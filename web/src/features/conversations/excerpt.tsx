/** Cuts text at the words looked for; every second piece is one of them, with what follows it of its word. */
export function piecesOf(value: string, wanted: string): string[] {
  const words = wanted.match(/[\p{L}\p{N}_]+/gu);
  if (!words) return [value];
  return value.split(new RegExp(`(?<![\\p{L}\\p{N}_])((?:${words.join("|")})[\\p{L}\\p{N}_]*)`, "giu"));
}

/** Text with the words that were looked for marked. */
export function Excerpt({ value, wanted }: { value: string; wanted: string }) {
  return piecesOf(value, wanted).map((piece, at) =>
    at % 2 === 1 ? (
      <mark key={at} className="rounded-xs bg-warn-soft font-medium text-fg">
        {piece}
      </mark>
    ) : (
      piece
    ),
  );
}
