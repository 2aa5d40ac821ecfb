import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { SearchPicker } from "@/components/search-picker";
import { Face } from "@/components/face";

import { usersQuery } from "./user-queries";
import { text } from "./project-text";

export interface PickedUser {
  id: string;
  name: string;
}

interface UserPickerProps {
  label: string;
  chosen: readonly PickedUser[];
  onChange: (chosen: PickedUser[]) => void;
  /** Only one: choosing another replaces it. */
  single?: boolean;
  /** People who cannot be chosen, and why. */
  blocked?: ReadonlyMap<string, string>;
  /** Also people who were deactivated: for looking back. */
  everybody?: boolean;
}

export function UserPicker({ label, chosen, onChange, single = false, blocked, everybody = false }: UserPickerProps) {
  const [search, setSearch] = useState("");
  const { data } = useQuery(usersQuery({ search, ...(everybody ? {} : { state: "active" }) }));
  const items = data?.data.map((user) => ({
    value: user.id,
    label: user.name || user.username,
    note: user.email,
    icon: <Face name={user.name || user.username} className="size-6 text-[10px]" />,
    blocked: blocked?.get(user.id),
  }));
  const toggle = (id: string, name: string) => {
    const others = single ? [] : chosen.filter((user) => user.id !== id);
    onChange(chosen.some((user) => user.id === id) ? others : [...others, { id, name }]);
  };
  return (
    <SearchPicker
      label={label}
      items={items}
      chosen={new Set(chosen.map(({ id }) => id))}
      empty={text.nobodyFound}
      onSearch={setSearch}
      onToggle={(item) => toggle(item.value, item.label)}
    />
  );
}
