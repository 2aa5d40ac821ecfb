import { describe, expect, it } from "vitest";

import { firstPlace, joined } from "./history";
import type { Conversation, HistoryItem } from "./wire";

const item = (historyIndex: number): HistoryItem => ({ role: "User", message: "", historyIndex, date: `day ${historyIndex}`, status: "complete", variant: 0 });
const part = (indexes: number[], total: number): Conversation =>
  ({ history: indexes.map(item), pagination: { total, page: 0, per_page: 2, pages: 9, has_next: true, has_previous: false } }) as unknown as Conversation;
const whole = (indexes: number[]) => ({ ...part(indexes, 0), pagination: null });
const indexesOf = (conversation: Conversation | null) => conversation?.history.map(({ historyIndex }) => historyIndex);

describe("joined", () => {
  it("takes a short conversation as it is", () => {
    expect(indexesOf(joined(undefined, part([0, 1], 2)))).toEqual([0, 1]);
  });

  it("puts the new end on what is known", () => {
    const now = joined(whole([0, 1, 2, 3]), part([3, 4], 5));
    expect([indexesOf(now), now && firstPlace(now)]).toEqual([[0, 1, 2, 3, 4], 0]);
  });

  it("needs the whole where more is new than was read, or something was taken out", () => {
    expect(joined(undefined, part([3, 4], 5))).toBeNull();
    expect(joined(whole([0, 1]), part([3, 4], 5))).toBeNull();
    expect(joined(whole([0, 1, 2, 3]), part([3, 4], 4))).toBeNull();
    expect(joined(part([2, 3], 4), part([3, 4], 5))).toBeNull();
  });

  it("needs the whole where a turn got a new version and what followed it has not said so yet", () => {
    const end = (from: number) => {
      const now = part([2, 3], 5);
      return { ...now, history: [item(3), { ...item(from), variant: 1, parentVariant: 0 }] };
    };
    expect(joined(whole([0, 1, 2, 3]), end(1))).toBeNull();
    expect(indexesOf(joined(whole([0, 1, 2, 3]), end(3)))).toEqual([0, 1, 2, 3, 3]);
  });
});
