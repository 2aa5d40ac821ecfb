import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";

import { DataTable, type Column } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { RowSkeleton } from "@/components/results";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { secondsUntil } from "@/lib/format";

import { AccountFrame } from "./account-frame";
import { tokensQuery, type Token } from "./queries";
import { RevokeToken } from "./revoke-token";
import { text } from "./text";

const SOON_SECONDS = 7 * 86_400;

function Expiry({ token }: { token: Token }) {
  const left = secondsUntil(token.expires_at);
  if (left <= 0) return <Badge tone="bad">{text.expired}</Badge>;
  return left < SOON_SECONDS ? (
    <Badge tone="warn">
      <Time value={token.expires_at} />
    </Badge>
  ) : (
    <Time value={token.expires_at} />
  );
}

function columns(onRevoke: (token: Token) => void): Column<Token>[] {
  return [
    {
      key: "name",
      label: text.tokenName,
      cell: (token) => (
        <div className="min-w-0">
          <p className="truncate font-medium">{token.name}</p>
          <p className="truncate text-xs text-fg-muted">{token.projects ? token.projects.join(", ") : text.allProjects}</p>
        </div>
      ),
    },
    { key: "scope", label: text.scope, from: "sm", className: "w-32", cell: (token) => (token.scope === "write" ? text.write : text.read) },
    { key: "used", label: text.lastUsed, from: "sm", className: "w-32 text-fg-muted", cell: ({ last_used_at: used }) => (used ? <Time value={used} /> : text.never) },
    { key: "expires", label: text.expires, className: "w-28", cell: (token) => <Expiry token={token} /> },
    {
      key: "actions",
      label: text.actions,
      headless: true,
      align: "right",
      className: "w-24",
      cell: (token) => (
        <Button size="sm" aria-label={`${text.revoke} ${token.name}`} onClick={() => onRevoke(token)}>
          {text.revoke}
        </Button>
      ),
    },
  ];
}

function NewTokenButton() {
  return (
    <Button asChild look="primary">
      <Link to="/account/tokens/new">
        <Plus /> {text.newToken}
      </Link>
    </Button>
  );
}

export function TokensPage() {
  const query = useQuery(tokensQuery);
  const [doomed, setDoomed] = useState<Token | null>(null);
  return (
    <AccountFrame tab="tokens" description={text.tokensText} actions={query.data?.length ? <NewTokenButton /> : undefined}>
      {query.isPending && <RowSkeleton label={text.tokensLoading} rows={3} />}
      {query.isError && <ErrorNote title={text.tokensFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && (
        <EmptyState icon={KeyRound} title={text.tokensEmpty} text={text.tokensEmptyText}>
          <NewTokenButton />
        </EmptyState>
      )}
      {query.data && query.data.length > 0 && (
        <DataTable label={text.tokens} rows={query.data} columns={columns(setDoomed)} rowKey={({ id }) => id} />
      )}
      {doomed && <RevokeToken token={doomed} onClose={() => setDoomed(null)} />}
    </AccountFrame>
  );
}
