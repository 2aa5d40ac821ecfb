import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { Results } from "@/components/results";

import { AssistantAvatar } from "./avatar";
import { templatesQuery } from "./queries";
import { StartCard } from "./start-card";
import { text } from "./text";

const contains = (whole: string, part: string) => whole.toLowerCase().includes(part.toLowerCase());

/** The templates, narrowed in the browser: there are few, and they come with the platform. */
export function TemplateList() {
  const { search = "", category } = useSearch({ from: "/app/assistants" });
  const navigate = useNavigate({ from: "/assistants" });
  const query = useQuery({
    ...templatesQuery,
    select: (all) => {
      const found = all.filter(
        (template) =>
          (contains(template.name, search) || contains(template.description, search)) &&
          (!category || template.categories.some((one) => (typeof one === "string" ? one : one.id) === category)),
      );
      return { data: found, pagination: { page: 0, per_page: Math.max(1, found.length), total: found.length } };
    },
  });
  return (
    <Results
      query={query}
      loading={text.loading}
      failed={text.templatesFailed}
      empty={<p className="text-[13px] text-fg-muted">{text.noMatchTitle}</p>}
      noMatch={{ title: text.noMatchTitle, text: text.noMatchText, clear: text.clear, onClear: () => void navigate({ search: { scope: "templates" } }) }}
      onPage={() => undefined}
    >
      {(templates) => (
        <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
          {templates.map((template) => (
            <StartCard
              key={template.slug}
              level="h2"
              title={template.name}
              about={template.description}
              icon={<AssistantAvatar name={template.name} icon={template.icon_url} />}
              to="/assistants/new"
              search={{ template: template.slug ?? "" }}
            />
          ))}
        </ul>
      )}
    </Results>
  );
}
