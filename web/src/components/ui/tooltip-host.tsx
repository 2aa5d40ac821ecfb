import { useEffect, useState } from "react";
import { createPortal } from "react-dom";

import type { Side } from "./tooltip";

interface Tip {
  text: string;
  side: Side;
  around: DOMRect;
}

const ID = "tooltip";
const SHOW_AFTER_MS = 400;
/** Long enough to move onto what is shown. */
const HIDE_AFTER_MS = 120;
/** A focus so soon after a key was moved by it. */
const KEYED_MS = 300;
const GAP = 6;
const MARGIN = 8;

function tipOf(element: HTMLElement): Tip {
  const { tip = "", tipSide = "bottom" } = element.dataset;
  return { text: tip, side: tipSide as Side, around: element.getBoundingClientRect() };
}

const bearerOf = (target: EventTarget | null): HTMLElement | null => (target instanceof Element ? target.closest<HTMLElement>("[data-tip]") : null);
const isTip = (target: EventTarget | null): boolean => target instanceof Element && target.closest(`#${ID}`) !== null;

/** Tells which tip is to be seen, from what pointer and focus do anywhere on the page. */
function watch(show: (tip: Tip | null) => void): () => void {
  const listening = new AbortController();
  const options = { signal: listening.signal, capture: true, passive: true };
  let shown: HTMLElement | null = null;
  let timer = 0;
  let keyed = -Infinity;
  const open = (element: HTMLElement) => {
    hide();
    if (!element.isConnected) return;
    shown = element;
    if (element.getAttribute("aria-label") !== element.dataset["tip"]) element.setAttribute("aria-describedby", ID);
    show(tipOf(element));
  };
  const hide = () => {
    window.clearTimeout(timer);
    if (shown?.getAttribute("aria-describedby") === ID) shown.removeAttribute("aria-describedby");
    if (shown) show(null);
    shown = null;
  };
  const soon = (action: () => void, delay: number) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(action, delay);
  };
  const onPointer = (event: PointerEvent) => {
    if (event.pointerType === "touch") return;
    const bearer = bearerOf(event.target);
    if (isTip(event.target) || (shown && bearer === shown)) window.clearTimeout(timer);
    else if (bearer) soon(() => open(bearer), shown ? 0 : SHOW_AFTER_MS);
    else soon(hide, HIDE_AFTER_MS);
  };
  const onFocus = (event: FocusEvent) => {
    const bearer = bearerOf(event.target);
    // What gets the focus by itself, as in a dialog that opens, was not asked about.
    if (bearer?.matches(":focus-visible") && event.timeStamp - keyed < KEYED_MS) open(bearer);
    else hide();
  };
  document.addEventListener("pointerover", onPointer, options);
  document.addEventListener("focusin", onFocus, options);
  for (const kind of ["focusout", "pointerdown", "scroll"] as const) document.addEventListener(kind, hide, options);
  const onKey = (event: KeyboardEvent) => {
    keyed = event.timeStamp;
    if (event.key === "Escape") hide();
  };
  document.addEventListener("keydown", onKey, options);
  return () => {
    hide();
    listening.abort();
  };
}

const within = (wanted: number, size: number, room: number): number => Math.max(MARGIN, Math.min(wanted, room - size - MARGIN));

/** Beside its element, on the other side where there is no room, and never outside the window. */
function place(node: HTMLElement | null, { around, side }: Tip): void {
  if (!node) return;
  const { offsetWidth: width, offsetHeight: height } = node;
  const middle = { left: around.left + (around.width - width) / 2, top: around.top + (around.height - height) / 2 };
  const at = {
    top: { ...middle, top: around.top - height - GAP },
    bottom: { ...middle, top: around.bottom + GAP },
    left: { ...middle, left: around.left - width - GAP },
    right: { ...middle, left: around.right + GAP },
  };
  const full = side === "bottom" ? at.bottom.top + height > window.innerHeight - MARGIN : side === "top" && at.top.top < MARGIN;
  const { left, top } = full ? at[side === "top" ? "bottom" : "top"] : at[side];
  node.style.left = `${within(left, width, window.innerWidth)}px`;
  node.style.top = `${within(top, height, window.innerHeight)}px`;
}

/** Shows the tooltips of the page, one at a time. */
export function TooltipHost() {
  const [tip, setTip] = useState<Tip | null>(null);
  useEffect(() => watch(setTip), []);
  if (!tip) return null;
  return createPortal(
    // Names are read from the elements themselves, and what describes one may be hidden: here it would be read twice.
    <div
      id={ID}
      role="tooltip"
      aria-hidden
      ref={(node) => place(node, tip)}
      className="fixed top-0 left-0 z-50 w-max max-w-72 rounded-md bg-fg px-2 py-1 text-xs break-words text-bg [animation:var(--animate-in)]"
    >
      {tip.text}
    </div>,
    document.body,
  );
}
