import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";

import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";
import { Tabs } from "@/components/ui/tabs";
import { sessionQuery } from "@/features/identity/queries";
import { isSuperuser } from "@/features/identity/rights";

import { CatalogueTab } from "./catalogue-tab";
import { ConnectTab } from "./connect-tab";
import { ManagedTab } from "./managed-tab";
import { text } from "./page-text";

export function McpPage() {
  const { tab = "catalogue" } = useSearch({ from: "/app/mcp-servers" });
  const { data: user } = useSuspenseQuery(sessionQuery);
  const keeps = isSuperuser(user);
  return (
    <Page
      title={text.title}
      description={text.description}
      wide
      actions={
        keeps && (
          <Button asChild look="primary">
            <Link to="/mcp-servers/new">
              <Plus /> {text.create}
            </Link>
          </Button>
        )
      }
    >
      <Tabs
        label={text.title}
        current={tab}
        tabs={[
          { key: "catalogue", label: text.tabs.catalogue, link: { to: "/mcp-servers" } },
          { key: "managed", label: text.tabs.managed, link: { to: "/mcp-servers", search: { tab: "managed" } } },
          { key: "connect", label: text.tabs.connect, link: { to: "/mcp-servers", search: { tab: "connect" } } },
        ]}
      />
      {tab === "catalogue" && <CatalogueTab keeps={keeps} />}
      {tab === "managed" && <ManagedTab />}
      {tab === "connect" && <ConnectTab />}
    </Page>
  );
}
