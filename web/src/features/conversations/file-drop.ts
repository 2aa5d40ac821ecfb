import { useEffect, useEffectEvent, useState } from "react";

const withFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA)$/.test(target.tagName));
}

/** Takes files that are dropped anywhere on the page, or pasted where nothing is being typed; tells whether some hover. */
export function useFileDrop(enabled: boolean, take: (files: FileList) => void): boolean {
  const [over, setOver] = useState(false);
  const taken = useEffectEvent(take);
  useEffect(() => {
    if (!enabled) return undefined;
    const listening = new AbortController();
    const { signal } = listening;
    const onDrag = (event: DragEvent) => {
      if (!withFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      // Leaving one element for another inside the page names where to.
      if (!event.relatedTarget) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!withFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      taken(event.dataTransfer.files);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (!event.clipboardData?.files.length || isTyping(event.target)) return;
      event.preventDefault();
      taken(event.clipboardData.files);
    };
    window.addEventListener("dragover", onDrag, { signal });
    window.addEventListener("dragleave", onLeave, { signal });
    window.addEventListener("drop", onDrop, { signal });
    window.addEventListener("paste", onPaste, { signal });
    return () => listening.abort();
  }, [enabled]);
  return over;
}
