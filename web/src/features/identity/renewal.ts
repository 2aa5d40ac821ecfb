import type { QueryClient } from "@tanstack/react-query";

import type { ApiError } from "@/api/errors";
import { createStore } from "@/app/store";

import { signInWaysQuery } from "./configuration";
import { sessionQuery, type User } from "./queries";

/*
 * Sessions from an identity provider are short, so that what it takes away is gone soon: the browser is then sent there
 * again. The provider usually knows the person and asks nothing. Whoever has typed something is asked before the page
 * goes away, and signs in beside it.
 */

/** A page beside this one says on this channel that somebody has signed in there. */
export const CHANNEL = "codemie.session";
const SIGNED_IN_PAGE = "/signed-in";
const LAST_TRY = "codemie.renewed-at";
/** A provider that lets nobody in must not send the browser in circles. */
const PAUSE_MS = 30_000;

interface Question {
  provider: string | null;
  url: string;
  answer: (renewed: boolean) => void;
}

export const question = createStore<Question | null>(null);

let typed = false;

/** Notices typing from now on; what it gives back forgets it. */
export function watchTyping(): () => void {
  document.addEventListener("input", () => {
    typed = true;
  });
  return () => {
    typed = false;
  };
}

let working = (): boolean => false;

/** The page must not go away while this is true, either. */
export function stayWhile(check: () => boolean): void {
  working = check;
}

/** While the page is on its way elsewhere, to sign out for one, it must not be turned round. */
const LEAVING_MS = 10_000;
let leftAt = -Infinity;

const gone = (): Promise<never> => new Promise(() => undefined);

function triedJustNow(): boolean {
  try {
    const last = Number(sessionStorage.getItem(LAST_TRY) ?? 0);
    sessionStorage.setItem(LAST_TRY, String(Date.now()));
    return Date.now() - last < PAUSE_MS;
  } catch {
    return true; // Without storage nobody remembers: then people choose to sign in by themselves.
  }
}

/** Leaves for the provider, which sends the browser back to where it is now. */
function leave(signInUrl: string): Promise<boolean> {
  if (Date.now() - leftAt < LEAVING_MS || triedJustNow()) return Promise.resolve(false);
  const { pathname, search } = window.location;
  window.location.assign(`${signInUrl}?${new URLSearchParams({ next: pathname + search }).toString()}`);
  return gone();
}

function ask(provider: string | null, signInUrl: string): Promise<boolean> {
  const url = `${signInUrl}?${new URLSearchParams({ next: SIGNED_IN_PAGE }).toString()}`;
  return new Promise((resolve) => {
    question.set({ provider, url, answer: resolve });
  }).then((renewed) => {
    question.set(null);
    return renewed as boolean;
  });
}

async function whoIsThere(): Promise<User | null> {
  const answer = await fetch("/v1/user", { credentials: "same-origin" }).catch(() => null);
  return answer?.ok ? ((await answer.json()) as User) : null;
}

/** What to do when the session has ended. Several requests learn it at once; they wait for one renewal. */
export function sessionRenewal(client: QueryClient): (refusal: ApiError) => Promise<boolean> {
  let running: Promise<boolean> | null = null;
  window.addEventListener("beforeunload", () => {
    leftAt = Date.now();
  });

  const renewed = async (refusal: ApiError): Promise<boolean> => {
    const known = client.getQueryData(sessionQuery.queryKey);
    // Without a cookie nobody was signed in, or they signed out on purpose.
    if (!known && refusal.message === "Authentication required") return false;
    if (["/sign-in", SIGNED_IN_PAGE].includes(window.location.pathname)) return false;
    const { signInUrl, provider } = await client.query({ ...signInWaysQuery, staleTime: "static" });
    if (!signInUrl) return false;
    if (!known || !(typed || working())) return leave(signInUrl);
    if (!(await ask(provider, signInUrl))) return false;
    const now = await whoIsThere();
    if (now?.user_id !== known.user_id) {
      window.location.reload();
      return gone();
    }
    client.setQueryData(sessionQuery.queryKey, now);
    return true;
  };

  return (refusal) =>
    (running ??= renewed(refusal)
      .catch(() => false)
      .finally(() => {
        running = null;
      }));
}
