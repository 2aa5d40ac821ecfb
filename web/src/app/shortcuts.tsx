import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";

import { Dialog } from "@/components/ui/dialog";

import { keysOpen, paletteOpen, toggleRail } from "./layout-state";
import { useStore } from "./store";
import { text } from "./text";

const KEYS: readonly (readonly [string, string])[] = [
  ["Ctrl K", "Search and commands"],
  ["?", "This list"],
  ["G C", "Go to chat"],
  ["G A", "Go to assistants"],
  ["G S", "Go to skills"],
  ["G M", "Go to MCP servers"],
  ["G K", "Go to knowledge"],
  ["G P", "Go to projects"],
  ["N", "New chat"],
  ["/", "Search on this page, or write a message"],
  ["[", "Collapse or expand the navigation"],
  ["Enter", "Send the message"],
  ["Shift Enter", "New line in the message"],
  ["@", "Ask another assistant in this chat"],
  ["/", "In an empty message: prompts and skills"],
  ["A", "Allow the tool call that waits"],
  ["D", "Deny it"],
  ["Esc", "Stop the reply, close what is open"],
];

const GO = { c: "/chat", a: "/assistants", s: "/skills", m: "/mcp-servers", k: "/knowledge", p: "/administration/projects" } as const;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function focusSearch(): void {
  document.querySelector<HTMLElement>("[data-page-search], [data-composer]")?.focus();
}

/** Keys that work on every page. Single letters are ignored while someone types or a dialog is open. */
export function Shortcuts() {
  const navigate = useNavigate();
  const open = useStore(keysOpen);
  useEffect(() => {
    let awaitingPlace = false;
    const single: Record<string, () => void> = {
      "?": () => keysOpen.set(true),
      "/": focusSearch,
      "[": toggleRail,
      n: () => void navigate({ to: "/chat" }),
      g: () => (awaitingPlace = true),
    };
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        paletteOpen.set((now) => !now);
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector("[role=dialog], [role=alertdialog], [role=menu]")) return;
      const place = awaitingPlace ? GO[event.key as keyof typeof GO] : undefined;
      awaitingPlace = false;
      const action = place ? () => void navigate({ to: place }) : single[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [navigate]);
  return (
    <Dialog open={open} onOpenChange={keysOpen.set} title={text.keys}>
      <dl className="grid gap-1">
        {KEYS.map(([keys, meaning]) => (
          <div key={meaning} className="flex items-center justify-between gap-4 py-1 text-sm">
            <dt className="text-fg-muted">{meaning}</dt>
            <dd className="flex gap-1">
              {keys.split(" ").map((key) => (
                <kbd key={key} className="rounded border border-line bg-subtle px-1.5 py-0.5 font-mono text-xs">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
