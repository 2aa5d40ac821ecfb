import { useLayoutEffect, useRef } from "react";

/** What on the page itself had the focus when the first of the open panels came: where a chain of panels began. */
let start: Element | null = null;

/**
 * Gives the focus back to what had it when a panel opened. Radix does so only for panels with a trigger of its own; ours
 * are opened by state, and would leave the keyboard at the top of the page.
 */
export function useReturnFocus(open: boolean): (event: Event) => void {
  const opener = useRef<Element | null>(null);
  useLayoutEffect(() => {
    if (!open) return;
    const active = document.activeElement;
    opener.current = active;
    // The body has it where this panel takes the place of another.
    if (active !== document.body && !active?.closest("[role=dialog], [role=alertdialog]")) start = active;
  }, [open]);
  return (event) => {
    event.preventDefault();
    // Another panel may have followed this one and have the focus already.
    if (document.activeElement !== null && document.activeElement !== document.body) return;
    const back = [opener.current, start].find((element) => element?.isConnected && element !== document.body);
    if (back instanceof HTMLElement) back.focus();
    if (back === start) start = null;
  };
}
