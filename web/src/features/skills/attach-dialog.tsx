import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import { ErrorNote } from "@/components/error-note";
import { SearchPicker } from "@/components/search-picker";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { AssistantAvatar } from "@/features/assistants/avatar";
import { assistantsQuery } from "@/features/assistants/queries";

import { skillAssistantsQuery, useSkillMutation, type Skill } from "./queries";
import { text } from "./text";

/** Gives the skill to several assistants at once; those it could not be given to are named with the reason. */
export function AttachDialog({ skill, onClose }: { skill: Skill; onClose: () => void }) {
  const client = useQueryClient();
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<ReadonlyMap<string, string>>(new Map());
  const { data } = useQuery(assistantsQuery({ scope: "visible_to_user", page: 0, perPage: 30, search }));
  const { data: having = [] } = useQuery(skillAssistantsQuery(skill.id));
  const has = new Set(having.map(({ id }) => id));
  const attach = useSkillMutation(() =>
    request<Schemas["BulkAttached"]>(`/skills/${skill.id}/assistants/bulk-attach`, {
      method: "POST",
      json: { assistant_ids: [...chosen.keys()] },
    }),
  );
  const writable = data?.data.filter((assistant) => assistant.user_abilities?.includes("write"));
  const toggle = (id: string, name: string) => {
    const next = new Map(chosen);
    if (!next.delete(id)) next.set(id, name);
    setChosen(next);
  };
  const submit = () =>
    attach.mutate(undefined, {
      onSuccess: (result) => {
        void client.invalidateQueries({ queryKey: ["assistants"] });
        if (result.failures.length === 0) onClose();
      },
    });
  return (
    <Dialog open onOpenChange={onClose} title={text.attachTitle} description={skill.description} className="max-w-lg">
      <SearchPicker
        label={text.attachSearch}
        items={writable?.map((assistant) => ({
          value: assistant.id,
          label: assistant.name,
          note: assistant.project,
          icon: <AssistantAvatar name={assistant.name} icon={assistant.icon_url} className="size-6 text-[11px]" />,
          blocked: has.has(assistant.id) ? text.has : undefined,
        }))}
        chosen={new Set(chosen.keys())}
        empty={text.attachNone}
        onSearch={setSearch}
        onToggle={(item) => toggle(item.value, item.label)}
      />
      {attach.isError && <ErrorNote title={text.attachFailed} error={attach.error} />}
      {attach.data && attach.data.failures.length > 0 && (
        <div role="alert" className="rounded-lg border border-bad/40 bg-bad-soft px-3 py-2.5 text-[13px]">
          <p className="font-medium">{text.attachFailed}</p>
          {attach.data.failures.map((failure) => (
            <p key={failure.assistant_id}>
              {chosen.get(failure.assistant_id) ?? failure.assistant_id}: {failure.error}
            </p>
          ))}
        </div>
      )}
      <div className="flex justify-end">
        <Button look="primary" disabled={chosen.size === 0 || attach.isPending} onClick={submit}>
          {text.attach}
        </Button>
      </div>
    </Dialog>
  );
}
