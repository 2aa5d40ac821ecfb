import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, History } from "lucide-react";
import { memo, useCallback, useLayoutEffect, useMemo, useRef } from "react";

import { Button } from "@/components/ui/button";

import { useRemoveTurn } from "./queries";
import type { Run } from "./run-state";
import { text } from "./text";
import { LiveTurn, StoredTurn, type Speaker } from "./turn-view";
import { isStale, type Turn } from "./turns";

/** Up to here everything is in the page: the browser's own search finds it, and a screen reader walks it. */
const ALL_UP_TO = 60;
const OVERSCAN = 4;
const GAP = 28;
const NEAR_PX = 64;

interface ThreadProps {
  title: string;
  turns: Turn[];
  run: Run | undefined;
  speaker: Speaker;
  /** The turn an address names: shown first, and marked. */
  target: number | undefined;
}

interface Row {
  index: number;
  /** Nothing is stored yet of a turn that is being answered for the first time. */
  turn: Turn | null;
}

/** The turns in their order, the one being answered in its place. */
function rowsOf(turns: readonly Turn[], answering: number | undefined): Row[] {
  const rows: Row[] = turns.map((turn) => ({ index: turn.index, turn }));
  if (answering !== undefined && !rows.some((row) => row.index === answering)) rows.push({ index: answering, turn: null });
  return rows;
}

function StaleNote({ indexes, conversationId, open }: { indexes: number[]; conversationId: string; open: boolean }) {
  const remove = useRemoveTurn(conversationId);
  return (
    <div role="note" className="flex items-center gap-3 text-xs text-fg-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
      <span className="flex flex-wrap items-center justify-center gap-x-1.5">
        <History className="size-3.5" aria-hidden /> {text.stale}
        {open && (
          <Button look="ghost" size="sm" disabled={remove.isPending} onClick={() => remove.mutate(indexes)}>
            {text.removeBelow}
          </Button>
        )}
      </span>
    </div>
  );
}

interface RowViewProps {
  row: Row;
  at: number;
  rows: Row[];
  run: Run | undefined;
  speaker: Speaker;
}

/** Scrolling brings rows in and out many times a second; those that stay are left alone. */
const RowView = memo(function RowView({ row, at, rows, run, speaker }: RowViewProps) {
  const idle = run?.state !== "running";
  const live = run?.index === row.index ? run : null;
  const stale = row.turn !== null && isStale(row.turn, rows[at - 1]?.turn ?? undefined);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3" aria-busy={live?.state === "running"}>
      {stale && <StaleNote indexes={rows.slice(at).map(({ index }) => index)} conversationId={speaker.conversationId} open={idle && !speaker.closed} />}
      {live ? (
        <LiveTurn run={live} speaker={speaker} />
      ) : (
        row.turn && <StoredTurn turn={row.turn} last={at === rows.length - 1} idle={idle} speaker={speaker} />
      )}
    </div>
  );
});

/** The conversation. Only what is near the screen is in the page once it is long; the end is kept in sight while it grows. */
export function Thread({ title, turns, run, speaker, target }: ThreadProps) {
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
    followOnAppend: true,
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
                <RowView row={row} at={at} rows={rows} run={run} speaker={speaker} />
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
