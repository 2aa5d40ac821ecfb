import { useCallback, useRef, useState } from "react";

const NEAR_PX = 48;

/**
 * Keeps a scrolling list at its end while it grows, unless the reader scrolled up.
 * `scroller` goes on the scrolling element; its first child is watched for growth.
 */
export function useStickToBottom() {
  const element = useRef<HTMLElement | null>(null);
  const sticking = useRef(true);
  const [away, setAway] = useState(false);

  const toEnd = useCallback(() => {
    const node = element.current;
    if (!node) return;
    sticking.current = true;
    node.scrollTop = node.scrollHeight;
  }, []);

  const scroller = useCallback(
    (node: HTMLElement | null) => {
      if (!node) return undefined;
      element.current = node;
      const onScroll = () => {
        const distance = node.scrollHeight - node.scrollTop - node.clientHeight;
        sticking.current = distance < NEAR_PX;
        setAway(distance > NEAR_PX * 4);
      };
      const watch = new ResizeObserver(() => {
        if (sticking.current) node.scrollTop = node.scrollHeight;
      });
      if (node.firstElementChild) watch.observe(node.firstElementChild);
      node.addEventListener("scroll", onScroll, { passive: true });
      toEnd();
      return () => {
        watch.disconnect();
        node.removeEventListener("scroll", onScroll);
      };
    },
    [toEnd],
  );

  return { scroller, away, toEnd };
}
