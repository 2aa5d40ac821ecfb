import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { CopyBlock } from "@/components/copy-block";
import { ErrorNote } from "@/components/error-note";
import { RowSkeleton } from "@/components/results";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";

import { KINDS, PLACES, startCommand, type Kind, type Place } from "./commands";
import { connectionQuery } from "./queries";
import { text } from "./text";

/** What to copy, to start an agent somewhere. `shown` is the key, where it is known. */
export function StartPart({ shown }: { shown: string | null }) {
  const query = useQuery(connectionQuery);
  const [place, setPlace] = useState<Place>("laptop");
  const [kind, setKind] = useState<Kind>("own");
  if (query.isPending) return <RowSkeleton label={text.loading} rows={2} />;
  if (query.isError) return <ErrorNote error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={text.place}>
          {(field) => (
            <Select id={field.id} value={place} options={PLACES.map((value) => ({ value, label: text.places[value] }))} onChange={(value) => setPlace(value as Place)} />
          )}
        </Field>
        <Field label={text.agent}>
          {(field) => <Select id={field.id} value={kind} options={KINDS.map((value) => ({ value, label: text.kinds[value] }))} onChange={(value) => setKind(value as Kind)} />}
        </Field>
      </div>
      <CopyBlock key={`${place}-${kind}`} label={text.command} value={startCommand(place, kind, { uri: query.data.uri, key: shown })} />
      <p className="text-xs text-fg-muted">
        {kind === "own" && (place === "laptop" ? text.ownNote : text.wheelNote)} {place !== "laptop" && text.secretNote}
      </p>
    </div>
  );
}
