import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronDown } from "lucide-react";
import { useState } from "react";

import { FilterChip, FixedChip, MultiFilterChip } from "@/components/filter-chip";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { patched } from "@/lib/search";

import { auditOptionsQuery, type AuditFilters } from "./audit-queries";
import { eventName, kindName, text } from "./audit-text";
import { UserPicker } from "./user-picker";
import { userQuery } from "./user-queries";

type Change = (wanted: Partial<AuditFilters>) => void;

function DayField({ label, value, onChange }: { label: string; value: string | undefined; onChange: (day: string | undefined) => void }) {
  return (
    <label className="inline-flex items-center gap-1.5 text-[13px] text-fg-muted">
      {label}
      <Input type="date" className="w-34" value={value ?? ""} onChange={(event) => onChange(event.target.value || undefined)} />
    </label>
  );
}

/** A person by name where the id is in the URL; a user who cannot be read is shown by id. */
function PersonChip({ label, id, onClear }: { label: string; id: string; onClear: () => void }) {
  const { data } = useQuery({ ...userQuery(id), retry: false });
  return <FixedChip label={label} shown={data ? data.name || data.email : id} onClear={onClear} />;
}

function ActorFilter({ actor, change }: { actor: string | undefined; change: Change }) {
  const [open, setOpen] = useState(false);
  if (actor) return <PersonChip label={text.choosePerson} id={actor} onClear={() => change({ actor: undefined })} />;
  return (
    <>
      <Button
        look="ghost"
        className="rounded-full border border-dashed border-line-strong/60 font-normal hover:border-line-strong"
        onClick={() => setOpen(true)}
      >
        {text.choosePerson} <ChevronDown className="size-3.5!" />
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={text.choosePersonTitle}>
        <UserPicker
          single
          everybody
          label={text.findPeople}
          chosen={[]}
          onChange={([user]) => {
            setOpen(false);
            change({ actor: user?.id });
          }}
        />
      </Dialog>
    </>
  );
}

/** An id with hyphens is a user's; projects are named. */
const isUserId = (entity: string) => /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(entity);

export function AuditFilterBar() {
  const search = useSearch({ from: "/app/administration/audit" });
  const navigate = useNavigate({ from: "/administration/audit" });
  const { data: options } = useQuery(auditOptionsQuery);
  const change: Change = (wanted) => void navigate({ search: (now) => patched(now, wanted) });
  const clearEntity = () => change({ entity: undefined });
  return (
    <div className="flex flex-wrap items-center gap-2">
      <MultiFilterChip
        label={text.what}
        values={search.what ?? []}
        choices={(options?.event_types ?? []).map((type) => ({ value: type, label: eventName(type) }))}
        onChange={(what) => change({ what: what.length > 0 ? what : undefined })}
      />
      <FilterChip
        label={text.on}
        value={search.on}
        choices={(options?.entity_types ?? []).map((kind) => ({ value: kind, label: kindName(kind) }))}
        onChange={(on) => change({ on })}
      />
      <ActorFilter actor={search.actor} change={change} />
      {search.entity &&
        (isUserId(search.entity) ? (
          <PersonChip label={text.entity} id={search.entity} onClear={clearEntity} />
        ) : (
          <FixedChip label={text.entity} shown={search.entity} onClear={clearEntity} />
        ))}
      <div className="flex flex-wrap gap-2 sm:ml-auto">
        <DayField label={text.from} value={search.from} onChange={(from) => change({ from })} />
        <DayField label={text.to} value={search.to} onChange={(to) => change({ to })} />
      </div>
    </div>
  );
}
