import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ChosenList, PickDialog } from "@/components/pick-dialog";
import { skillsQuery } from "@/features/skills/queries";

import { text } from "../form-text";
import type { PartProps } from "./part";

function SkillPicker({ form, patch, onClose }: PartProps & { onClose: () => void }) {
  const [search, setSearch] = useState("");
  const { data } = useQuery(skillsQuery({ search, page: 0, perPage: 30 }));
  const chosen = form.skills;
  return (
    <PickDialog
      open
      onOpenChange={onClose}
      title={text.skillTitle}
      label={text.skillSearch}
      empty={text.skillNone}
      items={data?.data.map((skill) => ({ value: skill.id, label: skill.name, note: skill.description }))}
      chosen={new Set(chosen.map((skill) => skill.id))}
      onSearch={setSearch}
      onToggle={(item) =>
        patch({
          skills: chosen.some((skill) => skill.id === item.value)
            ? chosen.filter((skill) => skill.id !== item.value)
            : [...chosen, { id: item.value, name: item.label, note: item.note }],
        })
      }
    />
  );
}

export function SkillsPart(props: PartProps) {
  const { form, patch, problems } = props;
  const [picking, setPicking] = useState(false);
  return (
    <>
      <ChosenList
        label={text.skills}
        items={form.skills}
        add={text.skillAdd}
        onAdd={() => setPicking(true)}
        onRemove={(id) => patch({ skills: form.skills.filter((skill) => skill.id !== id) })}
      />
      {problems.skills && (
        <p role="alert" className="text-xs text-bad">
          {problems.skills}
        </p>
      )}
      {picking && <SkillPicker {...props} onClose={() => setPicking(false)} />}
    </>
  );
}
