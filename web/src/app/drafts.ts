/** Messages that were begun and not sent. They outlive a look at another page, and a reload of this one. */

const PREFIX = "codemie.draft.";
const LONGEST = 100_000;

export function draftOf(place: string | undefined): string {
  try {
    return place ? (sessionStorage.getItem(PREFIX + place) ?? "") : "";
  } catch {
    return "";
  }
}

export function keepDraft(place: string | undefined, draft: string): void {
  if (!place) return;
  try {
    if (draft && draft.length <= LONGEST) sessionStorage.setItem(PREFIX + place, draft);
    else sessionStorage.removeItem(PREFIX + place);
  } catch {
    // Storage may be blocked or full: the draft then lives as long as the field.
  }
}

/** For whoever signs in next in this tab. */
export function forgetDrafts(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // Blocked storage holds nothing.
  }
}
