import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";

import { BackLink } from "@/components/back-link";
import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { Tabs } from "@/components/ui/tabs";
import { sessionQuery } from "@/features/identity/queries";
import { isSuperuser } from "@/features/identity/rights";

import { UserActions } from "./user-actions";
import { RoleBadges, StateBadge } from "./user-badges";
import { UserForm } from "./user-form";
import { UserProjects } from "./user-projects";
import { userQuery } from "./user-queries";
import { sourceOf } from "./user-table";
import { text } from "./user-text";

const BackToUsers = () => <BackLink to="/administration/users">{text.title}</BackLink>;

export function UserPage() {
  const { userId } = useParams({ from: "/app/administration/users/$userId" });
  const { tab = "account" } = useSearch({ from: "/app/administration/users/$userId" });
  const { data: caller } = useSuspenseQuery(sessionQuery);
  const query = useQuery(userQuery(userId));
  const user = query.data;
  if (!user) {
    return (
      <Page title={text.title} back={<BackToUsers />}>
        {query.isError ? (
          <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Delayed label={text.loading}>
            <div className="skeleton h-64" />
          </Delayed>
        )}
      </Page>
    );
  }
  const params = { userId };
  const name = user.name || user.username;
  return (
    <Page
      title={name}
      description={`${user.email} · signs in ${sourceOf(user.auth_source)}`}
      badge={
        <>
          <StateBadge user={user} />
          <RoleBadges user={user} />
        </>
      }
      back={<BackToUsers />}
      actions={<UserActions user={user} caller={caller} />}
    >
      <Tabs
        label={name}
        current={tab}
        tabs={[
          { key: "account", label: text.account, link: { to: "/administration/users/$userId", params } },
          {
            key: "projects",
            label: text.projects,
            count: user.projects.length,
            link: { to: "/administration/users/$userId", params, search: { tab: "projects" } },
          },
        ]}
      />
      {!isSuperuser(caller) && <p className="text-[13px] text-fg-muted">{text.readOnly}</p>}
      {tab === "account" ? <UserForm key={user.id} user={user} caller={caller} /> : <UserProjects user={user} canChange={isSuperuser(caller)} />}
    </Page>
  );
}
