import { Outlet } from "@tanstack/react-router";
import { Menu as MenuIcon, Search } from "lucide-react";
import { lazy, Suspense, useEffect } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { Sheet } from "@/components/ui/sheet";
import { MockBanner } from "@/features/models/mock-banner";

import { mobileNavOpen, paletteOpen } from "./layout-state";
import { Logo } from "./logo";
import { Rail, RailContent } from "./rail";
import { Shortcuts } from "./shortcuts";
import { useStore } from "./store";
import { text } from "./text";

const loadPalette = () => import("./palette").then(({ Palette: component }) => ({ default: component }));

/** Not needed for the first look; fetched soon after, so that the key opens it at once. */
const Palette = lazy(loadPalette);
const PALETTE_AFTER_MS = 1_500;

function PhoneBar() {
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-subtle px-2 md:hidden">
      <IconButton label={text.openNavigation} size="icon" onClick={() => mobileNavOpen.set(true)}>
        <MenuIcon />
      </IconButton>
      <Logo className="size-6" />
      <span className="text-[15px] font-semibold tracking-tight">CodeMie</span>
      <IconButton label={text.palette} size="icon" className="ml-auto" onClick={() => paletteOpen.set(true)}>
        <Search />
      </IconButton>
    </header>
  );
}

/** The frame around every signed-in page. */
export function Shell() {
  const navOpen = useStore(mobileNavOpen);
  const searching = useStore(paletteOpen);
  useEffect(() => {
    const timer = window.setTimeout(() => void loadPalette(), PALETTE_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-accent-fg focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        {text.skip}
      </a>
      <PhoneBar />
      <div className="flex min-h-0 flex-1">
        <Rail />
        <div className="flex min-w-0 flex-1 flex-col">
          <MockBanner />
          <main id="content" tabIndex={-1} className="min-h-0 flex-1 focus-visible:outline-none">
            <Outlet />
          </main>
        </div>
      </div>
      <Sheet open={navOpen} onOpenChange={mobileNavOpen.set} title={text.navigation}>
        <RailContent compact={false} />
      </Sheet>
      <Suspense>{searching && <Palette />}</Suspense>
      <Shortcuts />
    </div>
  );
}
