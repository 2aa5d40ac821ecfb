import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { memo, useCallback, useLayoutEffect, useMemo, useRef } from "react";

import { Button } from "@/components/ui/button";

import type { BranchTurn } from "./branches";
import type { Run } from "./run-state";
import { text } from "./text";
import { LiveTurn, StoredTurn, type Speaker } from "./turn-view";
import type { Variant } from "./turns";

/** Up to here everything is in the page: the browser's own search finds it, and a screen reader walks it. */
const ALL_UP_TO = 60;
const OVERSCAN = 4;
const GAP = 28;
const NEAR_PX = 64;

interface ThreadProps {
  title: string;
  turns: BranchTurn[];
  /** The version in which something was said last. */
  newest: Variant | undefined;
  run: Run | undefined;
  speaker: Speaker;
  /** The turn an address names: shown first, and marked. */
  target: number | undefined;
}

interface Row {
  index: number;
  /** Nothing is stored yet of a turn that is being answered for the first time. */
  turn: BranchTurn | null;
  /** The version of the turn before that it follows. */
  parentVariant: number | null;
}

const numberBefore = (before: BranchTurn | undefined, index: number): number | null => (before?.index === index - 1 ? before.shown.number : null);

/** The turns of the branch; the one being answered is its end. */
function rowsOf(turns: readonly BranchTurn[], answering: number | undefined): Row[] {
  const before = answering === undefined ? turns : turns.filter(({ index }) => index < answering);
  const rows: Row[] = before.map((turn, at) => ({ index: turn.index, turn, parentVariant: numberBefore(before[at - 1], turn.index) }));
  if (answering !== undefined) {
    rows.push({ index: answering, turn: turns.find(({ index }) => index === answering) ?? null, parentVariant: null });
  }
  return rows;
}

interface RowViewProps {
  row: Row;
  newest: boolean;
  run: Run | undefined;
  speaker: Speaker;
}

/** Scrolling brings rows in and out many times a second; those that stay are left alone. */
const RowView = memo(function RowView({ row, newest, run, speaker }: RowViewProps) {
  const idle = run?.state !== "running";
  const live = run?.index === row.index ? run : null;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3" aria-busy={live?.state === "running"}>
      {live ? (
        <LiveTurn run={live} stored={row.turn} speaker={speaker} />
      ) : (
        row.turn && (
          <StoredTurn key={row.turn.under} turn={row.turn} parentVariant={row.parentVariant} newest={newest} idle={idle} speaker={speaker} />
        )
      )}
    </div>
  );
});

/** The conversation. Only what is near the screen is in the page once it is long; the end is kept in sight while it grows. */
export function Thread({ title, turns, newest, run, speaker, target }: ThreadProps) {
  const scroller = useRef<HTMLElement>(null);
  const answering = run?.index;
  const rows = useMemo(() => rowsOf(turns, answering), [turns, answering]);
  const keyOf = useCallback((at: number) => rows[at]?.index ?? at, [rows]);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is memoised
  const virtualizer = useVirtualizer<HTMLElement, Element>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 260,
    getItemKey: keyOf,
    overscan: rows.length <= ALL_UP_TO ? ALL_UP_TO : OVERSCAN,
    gap: GAP,
    paddingStart: 24,
    paddingEnd: 24,
    anchorTo: "end",
    // Turns of another branch come at once; only an answer in the making is followed.
    followOnAppend: run !== undefined,
    scrollPaddingStart: 16,
    scrollEndThreshold: NEAR_PX,
  });
  const place = target === undefined ? -1 : rows.findIndex((row) => row.index === target);
  const asked = run && run.index === rows.at(-1)?.index ? run.startedAt : undefined;
  useLayoutEffect(() => {
    if (place >= 0) virtualizer.scrollToIndex(place, { align: "start" });
    else virtualizer.scrollToEnd();
  }, [virtualizer, place]);
  // Whoever asks wants to see the answer, wherever they were reading.
  useLayoutEffect(() => {
    if (asked !== undefined) virtualizer.scrollToEnd();
  }, [virtualizer, asked]);
  const away = rows.length > 0 && !virtualizer.isAtEnd(NEAR_PX * 3);
  return (
    <div className="relative min-h-0 flex-1">
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard */}
      <section ref={scroller} tabIndex={0} aria-label={title} className="h-full overflow-y-auto [overflow-anchor:none] focus-visible:-outline-offset-2">
        <ol className="relative mx-auto max-w-3xl" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ key, index: at, start }) => {
            const row = rows[at];
            return row ? (
              <li
                key={key}
                ref={virtualizer.measureElement}
                data-index={at}
                aria-setsize={rows.length}
                aria-posinset={at + 1}
                className="absolute top-0 left-0 w-full px-4 sm:px-6"
                style={{ transform: `translateY(${start}px)` }}
              >
                {at === place && <span aria-hidden className="absolute inset-y-[-10px] inset-x-1 -z-10 rounded-lg bg-mark sm:inset-x-3" />}
                <RowView row={row} newest={row.turn?.shown === newest} run={run} speaker={speaker} />
              </li>
            ) : null;
          })}
        </ol>
      </section>
      {away && (
        <Button size="sm" className="absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full" onClick={() => virtualizer.scrollToEnd()}>
          <ArrowDown /> {text.latest}
        </Button>
      )}
    </div>
  );
}
