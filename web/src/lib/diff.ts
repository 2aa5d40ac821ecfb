/** Line by line, how one text became another. */

export interface DiffLine {
  kind: "same" | "removed" | "added";
  line: string;
}

/** Above this many pairs of lines a comparison would stall the page: the texts are then shown one after the other. */
const MOST_PAIRS = 4_000_000;

export function diffLines(before: string, after: string): DiffLine[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const same = (lines: string[]): DiffLine[] => lines.map((line) => ({ kind: "same", line }));
  const middle = compared(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  return [...same(old.slice(0, head)), ...middle, ...same(old.slice(old.length - tail))];
}

const linesOf = (text: string): string[] => (text === "" ? [] : text.split("\n"));

/** Longest common subsequence of lines. */
function compared(old: string[], now: string[]): DiffLine[] {
  const removed = old.map((line): DiffLine => ({ kind: "removed", line }));
  const added = now.map((line): DiffLine => ({ kind: "added", line }));
  if (old.length * now.length === 0 || old.length * now.length > MOST_PAIRS) return [...removed, ...added];
  const width = now.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  const at = (row: number, column: number) => common[row * width + column] ?? 0;
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = now.length - 1; column >= 0; column -= 1) {
      common[row * width + column] =
        old[row] === now[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: DiffLine[] = [];
  let row = 0;
  let column = 0;
  while (row < old.length && column < now.length) {
    const line = old[row] ?? "";
    if (line === now[column]) {
      lines.push({ kind: "same", line });
      row += 1;
      column += 1;
    } else if (at(row + 1, column) >= at(row, column + 1)) {
      lines.push({ kind: "removed", line });
      row += 1;
    } else {
      lines.push({ kind: "added", line: now[column] ?? "" });
      column += 1;
    }
  }
  return [...lines, ...removed.slice(row), ...added.slice(column)];
}

/** The changed lines with a little of what stands around them; null marks lines that were left out. */
export function hunks(lines: readonly DiffLine[], around = 3): (DiffLine | null)[] {
  const near = (index: number) => lines.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== "same");
  const shown: (DiffLine | null)[] = [];
  lines.forEach((line, index) => {
    if (near(index)) shown.push(line);
    else if (shown.at(-1) !== null) shown.push(null);
  });
  return shown;
}
