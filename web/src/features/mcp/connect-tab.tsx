import { Link } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { useState, type ReactNode } from "react";

import { CopyBlock } from "@/components/copy-block";
import { CopyField } from "@/components/copy-field";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";

import { text } from "./page-text";

const HEADERS = { Authorization: "Bearer cmp_…" };
const json = (value: unknown) => JSON.stringify(value, null, 2);

/** What each client wants to be told; the address is this platform's. */
const CLIENTS: readonly { name: string; where: string; config: (url: string) => string }[] = [
  {
    name: "Claude Code",
    where: "In a terminal:",
    config: (url) => `claude mcp add --transport http codemie ${url} \\\n  --header "Authorization: Bearer cmp_…"`,
  },
  {
    name: "Cursor",
    where: "In ~/.cursor/mcp.json:",
    config: (url) => json({ mcpServers: { codemie: { url, headers: HEADERS } } }),
  },
  {
    name: "VS Code",
    where: "In .vscode/mcp.json:",
    config: (url) => json({ servers: { codemie: { type: "http", url, headers: HEADERS } } }),
  },
  {
    name: "Other",
    where: "Most clients read this form; the transport is streamable HTTP:",
    config: (url) => json({ mcpServers: { codemie: { type: "http", url, headers: HEADERS } } }),
  },
];

function Step({ title, note, children }: { title: string; note: string; children: ReactNode }) {
  return (
    <section className="grid grid-cols-[minmax(0,1fr)] gap-3 border-t border-line pt-5">
      <div>
        <h2 className="text-sm font-semibold">{title}</h2>
        <p className="text-[13px] text-fg-muted">{note}</p>
      </div>
      {children}
    </section>
  );
}

export function ConnectTab() {
  const url = `${window.location.origin}/mcp`;
  const [chosen, setChosen] = useState(0);
  const client = CLIENTS[chosen];
  return (
    <div className="grid max-w-3xl grid-cols-[minmax(0,1fr)] gap-5">
      <p className="text-sm">{text.connectIntro}</p>
      <div className="grid gap-1.5">
        <p className="text-[13px] font-medium">{text.address}</p>
        <CopyField label={text.address} value={url} />
      </div>
      <Step title={text.step1} note={text.step1Text}>
        <Button asChild className="justify-self-start">
          <Link to="/account/tokens/new">
            <KeyRound /> {text.step1Action}
          </Link>
        </Button>
      </Step>
      <Step title={text.step2} note={text.step2Text}>
        <div role="group" aria-label={text.step2} className="flex flex-wrap gap-1">
          {CLIENTS.map(({ name }, index) => (
            <Button
              key={name}
              look="ghost"
              aria-pressed={index === chosen}
              className={cn(index === chosen && "bg-muted text-fg")}
              onClick={() => setChosen(index)}
            >
              {name}
            </Button>
          ))}
        </div>
        {client && (
          <div className="grid grid-cols-[minmax(0,1fr)] gap-1.5">
            <p className="text-[13px] text-fg-muted">{client.where}</p>
            <CopyBlock key={client.name} label={client.name} value={client.config(url)} />
          </div>
        )}
      </Step>
      <Step title={text.step3} note={text.step3Text}>
        <dl className="rounded-lg border border-line">
          {text.tools.map(([name, does]) => (
            <div key={name} className="flex flex-wrap gap-x-4 border-t border-line px-3 py-2 first:border-t-0">
              <dt className="w-44 font-mono text-xs leading-5 font-medium">{name}</dt>
              <dd className="text-[13px] text-fg-muted">{does}</dd>
            </div>
          ))}
        </dl>
      </Step>
    </div>
  );
}
