import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FolderKanban, Keyboard, KeyRound, LogOut, Monitor, Moon, ShieldCheck, Sun, UserRound } from "lucide-react";

import { Face } from "@/components/face";
import { Menu, MenuContent, MenuItem, MenuLabel, MenuRadioGroup, MenuRadioItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { sessionQuery, useSignOut } from "@/features/identity/queries";
import { cn } from "@/lib/cn";

import { keysOpen, mobileNavOpen } from "./layout-state";
import { text } from "./text";
import { setTheme, useTheme, type Theme } from "./theme";

/** The person's own pages; everybody has them. */
export const OWN_PLACES = [
  { to: "/account", label: text.profile, icon: UserRound },
  { to: "/account/tokens", label: text.tokens, icon: KeyRound },
  { to: "/administration/projects", label: text.projects, icon: FolderKanban },
  { to: "/administration/guardrails", label: text.guardrails, icon: ShieldCheck },
] as const;

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
        <Face name={user.name} picture={user.picture} />
        {!compact && <span className="min-w-0 truncate text-[13px] font-medium">{user.name}</span>}
      </MenuTrigger>
      <MenuContent side="top" align="start" className="w-56">
        <MenuLabel>
          <span className="block truncate text-[13px] font-medium text-fg">{user.name}</span>
          <span className="block truncate">{user.email}</span>
        </MenuLabel>
        <MenuSeparator />
        {OWN_PLACES.map((place) => (
          <MenuItem key={place.to} asChild onSelect={() => mobileNavOpen.set(false)}>
            <Link to={place.to}>
              <place.icon aria-hidden /> {place.label}
            </Link>
          </MenuItem>
        ))}
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
