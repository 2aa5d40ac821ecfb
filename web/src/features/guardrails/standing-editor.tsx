import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";

import { FormFoot } from "@/components/form-foot";
import { LeaveGuard } from "@/components/leave-guard";
import { PickDialog } from "@/components/pick-dialog";
import type { PickerItem } from "@/components/search-picker";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { assistantsQuery } from "@/features/assistants/queries";

import { JudgeFields } from "./judge-fields";
import { sourcesOfProjectQuery, useSaveStanding, type Standing } from "./queries";
import { everything, keyOf, postsOf, standingOf, type Kind, type Post } from "./standing";
import { text } from "./text";

type Picking = "assistants" | "datasources";

function PostRow({ post, onChange, onRemove }: { post: Post; onChange: (change: Partial<Post>) => void; onRemove: () => void }) {
  return (
    <li className="grid grid-cols-[1fr_auto] items-center gap-2 border-t border-line py-2 pr-1.5 pl-3 first:border-t-0 sm:grid-cols-[1fr_180px_220px_auto]">
      <div className="grid min-w-0">
        <span className="truncate text-[13px] font-medium">{post.name}</span>
        {post.id !== null && <span className="text-xs text-fg-muted">{text.kinds[post.kind]}</span>}
      </div>
      <JudgeFields name={post.name} source={post.source} mode={post.mode} onChange={onChange} className="order-2 col-span-2 sm:col-span-1" />
      <IconButton label={text.remove(post.name)} className="order-1 sm:order-4" onClick={onRemove}>
        <X />
      </IconButton>
    </li>
  );
}

function AssistantPick({ project, ...dialog }: PickProps) {
  const [search, setSearch] = useState("");
  const found = useQuery(assistantsQuery({ scope: "all", page: 0, perPage: 20, search, project }));
  const items = found.data?.data.map(({ id, name }) => ({ value: id, label: name }));
  return <PickDialog {...dialog} title={text.chooseAssistants} label={text.searchAssistants} items={items} onSearch={setSearch} />;
}

function SourcePick({ project, ...dialog }: PickProps) {
  const [search, setSearch] = useState("");
  const found = useQuery(sourcesOfProjectQuery(project, search));
  const items = found.data?.data.map(({ id, repo_name }) => ({ value: id, label: repo_name }));
  return <PickDialog {...dialog} title={text.chooseSources} label={text.searchSources} items={items} onSearch={setSearch} />;
}

interface PickProps {
  project: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  empty: string;
  chosen: ReadonlySet<string>;
  onToggle: (item: PickerItem) => void;
}

/** Says where the guardrail stands guard. */
export function StandingEditor({ id, project, standing }: { id: string; project: string; standing: Standing }) {
  const [posts, setPosts] = useState(() => postsOf(standing));
  const [stored, setStored] = useState(posts);
  const [picking, setPicking] = useState<Picking | null>(null);
  const save = useSaveStanding(id);
  const change = (next: Post[]) => {
    setPosts(next);
    if (!save.isIdle) save.reset();
  };
  const add = (post: Post) => change([...posts, post]);
  const lacks = (kind: Kind) => !posts.some((post) => post.kind === kind && post.id === null);
  const toggle = (kind: Picking, { value, label }: PickerItem) => {
    const others = posts.filter((post) => post.kind !== kind || post.id !== value);
    change(others.length < posts.length ? others : [...posts, { ...everything(kind), id: value, name: label }]);
  };
  const pick = (kind: Picking): PickProps => ({
    project,
    open: picking === kind,
    onOpenChange: (open) => setPicking(open ? kind : null),
    empty: text.noneFound,
    chosen: new Set(posts.flatMap((post) => (post.kind === kind && post.id !== null ? [post.id] : []))),
    onToggle: (item) => toggle(kind, item),
  });
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(standingOf(posts), { onSuccess: () => setStored(posts) });
      }}
    >
      <LeaveGuard dirty={() => posts !== stored} />
      <p className="text-[13px] text-fg-muted">{text.standingText}</p>
      {posts.length === 0 ? (
        <p className="rounded-lg border border-dashed border-line-strong/60 px-4 py-4 text-[13px] text-fg-muted">{text.standingEmpty}</p>
      ) : (
        <ul aria-label={text.standing} className="rounded-lg border border-line">
          {posts.map((post, place) => (
            <PostRow
              key={`${String(place)}/${keyOf(post)}`}
              post={post}
              onChange={(part) => change(posts.map((other) => (other === post ? { ...other, ...part } : other)))}
              onRemove={() => change(posts.filter((other) => other !== post))}
            />
          ))}
        </ul>
      )}
      <div role="group" aria-label={text.add} className="flex flex-wrap gap-2">
        {(["project", "assistants", "datasources"] as const).filter(lacks).map((kind) => (
          <Button key={kind} size="sm" onClick={() => add(everything(kind))}>
            {everything(kind).name}
          </Button>
        ))}
        <Button size="sm" onClick={() => setPicking("assistants")}>
          {text.chooseAssistants}
        </Button>
        <Button size="sm" onClick={() => setPicking("datasources")}>
          {text.chooseSources}
        </Button>
      </div>
      <AssistantPick {...pick("assistants")} />
      <SourcePick {...pick("datasources")} />
      <FormFoot action={text.save} busy={text.saving} mutation={save} failed={text.standingSaveFailed} saved={text.saved} />
    </form>
  );
}
