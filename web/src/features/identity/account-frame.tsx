import type { ReactNode } from "react";

import { Page } from "@/components/page";
import { Tabs } from "@/components/ui/tabs";

import { text } from "./text";

interface AccountFrameProps {
  tab: "profile" | "tokens";
  description: string;
  actions?: ReactNode;
  children: ReactNode;
}

/** The pages of a person about themselves. */
export function AccountFrame({ tab, description, actions, children }: AccountFrameProps) {
  return (
    <Page title={tab === "profile" ? text.profile : text.tokens} description={description} actions={actions}>
      <Tabs
        label={text.account}
        current={tab}
        tabs={[
          { key: "profile", label: text.profile, link: { to: "/account" } },
          { key: "tokens", label: text.tokens, link: { to: "/account/tokens" } },
        ]}
      />
      {children}
    </Page>
  );
}
