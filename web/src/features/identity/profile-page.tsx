import { useQuery, useSuspenseQuery } from "@tanstack/react-query";

import { Section } from "@/components/section";

import { AccountFrame } from "./account-frame";
import { signInWaysQuery } from "./configuration";
import { KeptIdentity, OwnIdentity } from "./own-identity";
import { OwnProjects, OwnRoles } from "./own-projects";
import { PasswordForm } from "./password-form";
import { sessionQuery } from "./queries";
import { text } from "./text";

export function ProfilePage() {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const { data: ways } = useQuery(signInWaysQuery);
  return (
    <AccountFrame tab="profile" description={text.profileText}>
      <div>
        {ways &&
          (ways.local ? (
            <>
              <Section title={text.identity} text={text.identityText}>
                <OwnIdentity key={user.user_id} user={user} />
              </Section>
              <Section title={text.password} text={text.passwordText}>
                <PasswordForm user={user} />
              </Section>
            </>
          ) : (
            <Section title={text.identity} text={text.identityKept}>
              <KeptIdentity user={user} />
            </Section>
          ))}
        <Section title={text.roles} text={text.rolesText}>
          <OwnRoles user={user} />
        </Section>
        <Section title={text.projects} text={text.projectsText}>
          <OwnProjects user={user} />
        </Section>
      </div>
    </AccountFrame>
  );
}
