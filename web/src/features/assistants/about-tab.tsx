import { Link } from "@tanstack/react-router";
import { BookOpen, Bot, FileText, GitBranch, Plug, Wrench } from "lucide-react";
import type { ReactNode } from "react";

import { Disclosure } from "@/components/disclosure";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Reactions } from "@/features/marketplace/reactions";
import { text as market } from "@/features/marketplace/text";
import { placeOf } from "@/features/mcp/server-draft";

import { REMOTE } from "./agent-card";
import { AssistantAvatar } from "./avatar";
import { CardFacts } from "./card-facts";
import { formFrom } from "./draft";
import type { Assistant } from "./queries";
import { text } from "./text";

function Block({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="grid gap-2">
      <h2 className="text-sm font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function Part({ icon, name, note, children }: { icon: ReactNode; name: string; note?: string | undefined; children?: ReactNode }) {
  return (
    <li className="flex items-center gap-2.5 border-t border-line px-3 py-2 first:border-t-0 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-fg-muted">
      {icon}
      <div className="grid min-w-0 flex-1">
        <span className="truncate text-[13px] font-medium">{children ?? name}</span>
        {note && <span className="truncate text-xs text-fg-muted">{note}</span>}
      </div>
    </li>
  );
}

/** Everything the assistant works with, in one list. */
function Parts({ assistant }: { assistant: Assistant }) {
  const { skills, subAssistants } = formFrom(assistant, "");
  const total = assistant.context.length + assistant.toolkits.length + assistant.mcp_servers.length + skills.length + subAssistants.length;
  if (total === 0) return <p className="text-[13px] text-fg-muted">{text.noParts}</p>;
  return (
    <ul className="rounded-lg border border-line">
      {assistant.context.map((source) => (
        <Part
          key={`${source.context_type}/${source.name}`}
          icon={source.context_type === "code" ? <GitBranch aria-hidden /> : <FileText aria-hidden />}
          name={source.name}
          note={text.partKinds.source}
        />
      ))}
      {assistant.toolkits.map((kit) => (
        <Part key={kit.toolkit} icon={<Wrench aria-hidden />} name={kit.label ?? kit.toolkit} note={kit.tools.map(({ label, name }) => label ?? name).join(", ")} />
      ))}
      {assistant.mcp_servers.map((server) => (
        <Part key={server.name} icon={<Plug aria-hidden />} name={server.name} note={[text.partKinds.server, server.description ?? placeOf(server)].join(" · ")} />
      ))}
      {skills.map((skill) => (
        <Part key={skill.id} icon={<BookOpen aria-hidden />} name={skill.name} note={[text.partKinds.skill, skill.note].filter(Boolean).join(" · ")} />
      ))}
      {subAssistants.map((sub) => (
        <Part key={sub.id} icon={<Bot aria-hidden />} name={sub.name} note={[text.partKinds.sub, sub.note].filter(Boolean).join(" · ")}>
          <Link to="/assistants/$assistantId" params={{ assistantId: sub.id }} className="hover:underline">
            {sub.name}
          </Link>
        </Part>
      ))}
    </ul>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid gap-0.5">
      <dt className="text-xs text-fg-muted">{label}</dt>
      <dd className="text-[13px] break-words">{children}</dd>
    </div>
  );
}

function Facts({ assistant }: { assistant: Assistant }) {
  const categories = assistant.categories.map((category) => (typeof category === "string" ? category : category.name));
  return (
    <aside aria-label={text.facts} className="grid content-start gap-4">
      <div className="flex items-center gap-3">
        <AssistantAvatar name={assistant.name} icon={assistant.icon_url} className="size-12 text-xl" />
        <Reactions kind="assistants" id={assistant.id} likes={assistant.unique_likes_count} dislikes={assistant.unique_dislikes_count} />
      </div>
      <dl className="grid gap-3">
        <Fact label={text.usage}>
          {[market.usedBy(assistant.unique_users_count), text.clones(assistant.clone_count)].filter(Boolean).join(" · ")}
        </Fact>
        {assistant.type !== REMOTE && <Fact label={text.model}>{assistant.llm_model_type ?? "–"}</Fact>}
        {assistant.tool_permissions && <Fact label={text.approval}>{text.approvals[assistant.tool_permissions.tool_call_policy]}</Fact>}
        <Fact label={text.project}>{assistant.project}</Fact>
        <Fact label={text.owner}>{[assistant.created_by?.name, text.platform].find(Boolean)}</Fact>
        {assistant.updated_date && (
          <Fact label={text.updated}>
            <Time value={assistant.updated_date} />
          </Fact>
        )}
        {categories.length > 0 && (
          <Fact label={text.categories}>
            <span className="flex flex-wrap gap-1 pt-0.5">
              {categories.map((category) => (
                <Badge key={category}>{category}</Badge>
              ))}
            </span>
          </Fact>
        )}
      </dl>
    </aside>
  );
}

export function AboutTab({ assistant }: { assistant: Assistant }) {
  const card = formFrom(assistant, "").agent_card;
  return (
    <div className="grid gap-8 md:grid-cols-[minmax(0,1fr)_240px]">
      <div className="grid content-start gap-6">
        {assistant.conversation_starters.length > 0 && (
          <Block title={text.try}>
            <ul className="grid gap-2 sm:grid-cols-2">
              {assistant.conversation_starters.map((starter) => (
                <li key={starter}>
                  <Link
                    to="/chat"
                    search={{ assistant: assistant.id, question: starter }}
                    className="block h-full rounded-lg border border-line px-3 py-2 text-[13px] text-fg-muted hover:border-line-strong hover:text-fg"
                  >
                    {starter}
                  </Link>
                </li>
              ))}
            </ul>
          </Block>
        )}
        {card ? (
          <CardFacts card={card} />
        ) : (
          <Block title={text.parts}>
            <Parts assistant={assistant} />
          </Block>
        )}
        {assistant.system_prompt && (
          <Disclosure label={text.instructions}>
            <pre className="rounded-lg border border-line bg-subtle p-3 font-sans text-[13px] leading-relaxed whitespace-pre-wrap">
              {assistant.system_prompt}
            </pre>
          </Disclosure>
        )}
      </div>
      <Facts assistant={assistant} />
    </div>
  );
}
