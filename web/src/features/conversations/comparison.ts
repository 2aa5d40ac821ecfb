/** Two answers to one question, as an address names them: `turn.left.right`. */
export interface Comparison {
  turn: number;
  left: number;
  right: number;
}

export const comparing = (turn: number, left: number, right: number): string => [turn, left, right].join(".");

export function comparisonFrom(value: string | undefined): Comparison | null {
  const numbers = /^(\d{1,7})\.(\d{1,5})\.(\d{1,5})$/.exec(value ?? "");
  return numbers && { turn: Number(numbers[1]), left: Number(numbers[2]), right: Number(numbers[3]) };
}
