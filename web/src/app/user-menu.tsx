import { useSuspenseQuery } from "@tanstack/react-query";
import { Keyboard, LogOut, Monitor, Moon, Sun } from "lucide-react";

import { Menu, MenuContent, MenuItem, MenuLabel, MenuRadioGroup, MenuRadioItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { sessionQuery, useSignOut } from "@/features/identity/queries";
import { cn } from "@/lib/cn";

import { keysOpen } from "./layout-state";
import { text } from "./text";
import { setTheme, useTheme, type Theme } from "./theme";

function initials(name: string): string {
  const words = name.split(/[\s._@-]+/).filter(Boolean);
  return ((words[0]?.[0] ?? "?") + (words[1]?.[0] ?? "")).toUpperCase();
}

export function UserMenu({ compact }: { compact: boolean }) {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const theme = useTheme();
  const signOut = useSignOut();
  return (
    <Menu>
      <MenuTrigger
        aria-label={compact ? `${text.account}: ${user.name}` : undefined}
        className={cn("flex h-10 items-center gap-2.5 rounded-md px-1.5 text-left hover:bg-muted", compact && "justify-center px-0")}
      >
        <span
          aria-hidden
          className="grid size-7 shrink-0 place-items-center rounded-full bg-accent-soft text-[11px] font-semibold text-accent-text"
        >
          {initials(user.name)}
        </span>
        {!compact && <span className="min-w-0 truncate text-[13px] font-medium">{user.name}</span>}
      </MenuTrigger>
      <MenuContent side="top" align="start" className="w-56">
        <MenuLabel>
          <span className="block truncate text-[13px] font-medium text-fg">{user.name}</span>
          <span className="block truncate">{user.email}</span>
        </MenuLabel>
        <MenuSeparator />
        <MenuLabel>{text.theme}</MenuLabel>
        <MenuRadioGroup value={theme} onValueChange={(value) => setTheme(value as Theme)}>
          <MenuRadioItem value="light">
            <Sun aria-hidden /> {text.light}
          </MenuRadioItem>
          <MenuRadioItem value="dark">
            <Moon aria-hidden /> {text.dark}
          </MenuRadioItem>
          <MenuRadioItem value="system">
            <Monitor aria-hidden /> {text.system}
          </MenuRadioItem>
        </MenuRadioGroup>
        <MenuSeparator />
        <MenuItem onSelect={() => keysOpen.set(true)}>
          <Keyboard aria-hidden /> {text.keys}
        </MenuItem>
        <MenuItem onSelect={() => signOut.mutate()}>
          <LogOut aria-hidden /> {text.signOut}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
