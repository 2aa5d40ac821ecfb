import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BookOpen, Bot, Cable, Laptop, Library, MessageSquare, PanelLeftClose, PanelLeftOpen, Plug, Search } from "lucide-react";

import { IconButton } from "@/components/ui/icon-button";
import { Tooltip } from "@/components/ui/tooltip";
import { sessionQuery } from "@/features/identity/queries";
import { cn } from "@/lib/cn";

import { administrationPlaces, type Place } from "./administration-places";
import { mobileNavOpen, paletteOpen, railCollapsed, toggleRail } from "./layout-state";
import { Logo } from "./logo";
import { useStore } from "./store";
import { text } from "./text";
import { UserMenu } from "./user-menu";

export const PLACES: readonly Place[] = [
  { to: "/chat", label: text.chat, icon: MessageSquare },
  { to: "/assistants", label: text.assistants, icon: Bot },
  { to: "/skills", label: text.skills, icon: BookOpen },
  { to: "/mcp-servers", label: text.mcpServers, icon: Plug },
  { to: "/knowledge", label: text.knowledge, icon: Library },
  { to: "/integrations", label: text.integrations, icon: Cable },
  { to: "/plugins", label: text.plugins, icon: Laptop },
];

const row =
  "flex h-8 items-center gap-2.5 rounded-md px-2.5 text-[13px] font-medium text-fg-muted transition-colors duration-100 hover:bg-muted hover:text-fg [&_svg]:size-4 [&_svg]:shrink-0";

function PlaceLink({ place, compact }: { place: Place; compact: boolean }) {
  const link = (
    <Link
      to={place.to}
      onClick={() => mobileNavOpen.set(false)}
      className={cn(row, compact && "justify-center px-0")}
      activeProps={{ className: "bg-muted text-fg" }}
      aria-label={compact ? place.label : undefined}
    >
      <place.icon aria-hidden />
      {!compact && place.label}
    </Link>
  );
  return compact ? (
    <Tooltip content={place.label} side="right">
      {link}
    </Tooltip>
  ) : (
    link
  );
}

/** Only what this person may open; nothing at all for most. */
function Administration({ compact }: { compact: boolean }) {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const places = administrationPlaces(user);
  if (places.length === 0) return null;
  return (
    <nav aria-label={text.administration} className="grid gap-0.5 border-t border-line pt-3">
      {!compact && <p className="px-2.5 pb-1 text-xs text-fg-muted">{text.administration}</p>}
      {places.map((place) => (
        <PlaceLink key={place.to} place={place} compact={compact} />
      ))}
    </nav>
  );
}

function PaletteButton({ compact }: { compact: boolean }) {
  if (compact) {
    return (
      <IconButton label={text.palette} side="right" size="icon" className="w-full" onClick={() => paletteOpen.set(true)}>
        <Search />
      </IconButton>
    );
  }
  return (
    <button
      type="button"
      onClick={() => paletteOpen.set(true)}
      className="flex h-8 items-center gap-2 rounded-md border border-line bg-bg px-2.5 text-[13px] text-fg-muted hover:border-line-strong"
    >
      <Search className="size-4 shrink-0" aria-hidden />
      <span className="truncate">Search…</span>
      <kbd className="ml-auto font-sans text-xs text-fg-faint">Ctrl K</kbd>
    </button>
  );
}

/** The way around. `compact` shows icons only; inside the phone's sheet it is always full. */
export function RailContent({ compact }: { compact: boolean }) {
  return (
    <div className={cn("flex h-full flex-col gap-3 p-2.5", compact && "px-2")}>
      <Link to="/chat" className={cn("flex h-9 items-center gap-2.5 rounded-md px-1.5", compact && "justify-center px-0")} aria-label="CodeMie">
        <Logo className="size-6 shrink-0" />
        {!compact && <span className="text-[15px] font-semibold tracking-tight">CodeMie</span>}
      </Link>
      <PaletteButton compact={compact} />
      <nav aria-label={text.navigation} className="grid gap-0.5">
        {PLACES.map((place) => (
          <PlaceLink key={place.to} place={place} compact={compact} />
        ))}
      </nav>
      <div className={cn("mt-auto grid grid-cols-[minmax(0,1fr)] gap-3", compact && "pb-10")}>
        <Administration compact={compact} />
        <UserMenu compact={compact} />
      </div>
    </div>
  );
}

export function Rail() {
  const collapsed = useStore(railCollapsed);
  return (
    <aside
      aria-label={text.navigation}
      className={cn("relative hidden h-full shrink-0 border-r border-line bg-subtle md:block", collapsed ? "w-14" : "w-55")}
    >
      <RailContent compact={collapsed} />
      {!collapsed && (
        <div className="absolute top-3 right-2.5">
          <IconButton label={text.collapse} onClick={toggleRail}>
            <PanelLeftClose />
          </IconButton>
        </div>
      )}
      {collapsed && (
        <div className="absolute bottom-14 left-0 grid w-full justify-items-center">
          <IconButton label={text.expand} side="right" onClick={toggleRail}>
            <PanelLeftOpen />
          </IconButton>
        </div>
      )}
    </aside>
  );
}
