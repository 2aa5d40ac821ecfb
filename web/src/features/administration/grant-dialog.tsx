import { useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { FormFoot } from "@/components/form-foot";
import { SearchPicker } from "@/components/search-picker";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";

import { grantableSourcesQuery, useGrant } from "./grants-queries";
import { text } from "./grants-text";

const LEVELS = Object.entries(text.levels).map(([value, label]) => ({ value, label }));

export function GrantDialog({ applications, onClose }: { applications: readonly string[]; onClose: () => void }) {
  const [search, setSearch] = useState("");
  const [application, setApplication] = useState(applications[0] ?? "");
  const [source, setSource] = useState("");
  const [level, setLevel] = useState("read");
  const { data } = useQuery(grantableSourcesQuery(search));
  const grant = useGrant();
  const items = data?.data.map((row) => ({ value: row.id, label: row.repo_name, note: row.project_name }));
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (source && application) grant.mutate({ source, application, level }, { onSuccess: onClose });
  };
  return (
    <Dialog open onOpenChange={onClose} title={text.grantTitle} description={text.grantText} className="max-w-lg">
      <form noValidate onSubmit={onSubmit} className="grid gap-4">
        <SearchPicker
          label={text.find}
          items={items}
          chosen={new Set([source])}
          empty={text.noSource}
          onSearch={setSearch}
          onToggle={(item) => setSource(item.value)}
        />
        <Field label={text.application}>
          {(field) => (
            <Select id={field.id} value={application} onChange={setApplication} options={applications.map((name) => ({ value: name, label: name }))} />
          )}
        </Field>
        <Field label={text.level} hint={text.levelHints[level]}>
          {(field) => <Select id={field.id} describedBy={field["aria-describedby"]} value={level} onChange={setLevel} options={LEVELS} />}
        </Field>
        <FormFoot action={text.submit} busy={text.granting} mutation={grant} failed={text.grantFailed} disabled={!source || !application} />
      </form>
    </Dialog>
  );
}
