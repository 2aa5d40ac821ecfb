import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";

import { SearchPicker, type PickerItem } from "@/components/search-picker";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { IconButton } from "@/components/ui/icon-button";

export interface Picked {
  id: string;
  name: string;
  note?: string | undefined;
  icon?: ReactNode;
}

interface PickDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: string;
  label: string;
  empty: string;
  items: readonly PickerItem[] | undefined;
  chosen: ReadonlySet<string>;
  onSearch: (search: string) => void;
  onToggle: (item: PickerItem) => void;
}

/** Finds and chooses several things on the server without leaving the form. */
export function PickDialog({ open, onOpenChange, title, description, ...picker }: PickDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title} description={description} className="max-w-lg">
      <SearchPicker {...picker} />
      <div className="flex justify-end">
        <Button look="primary" onClick={() => onOpenChange(false)}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}

interface ChosenListProps {
  label: string;
  items: readonly Picked[];
  add: string;
  onAdd: () => void;
  onRemove: (id: string) => void;
}

/** What was chosen, each with a way to take it out, and the way to choose more. */
export function ChosenList({ label, items, add, onAdd, onRemove }: ChosenListProps) {
  return (
    <div className="grid justify-items-start gap-2">
      {items.length > 0 && (
        <ul aria-label={label} className="w-full rounded-lg border border-line">
          {items.map((item) => (
            <li key={item.id} className="flex items-center gap-2.5 border-t border-line py-1.5 pr-1.5 pl-3 first:border-t-0">
              {item.icon}
              <div className="grid min-w-0 flex-1">
                <span className="truncate text-[13px] font-medium">{item.name}</span>
                {item.note && <span className="truncate text-xs text-fg-muted">{item.note}</span>}
              </div>
              <IconButton label={`Remove ${item.name}`} onClick={() => onRemove(item.id)}>
                <X />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <Button size="sm" onClick={onAdd}>
        <Plus /> {add}
      </Button>
    </div>
  );
}
