/** Where a form is refused before it is sent, the first field that is wrong gets the focus, and so comes into view. */
export function watchProblems(): void {
  document.addEventListener("submit", ({ target }) => {
    if (!(target instanceof HTMLFormElement)) return;
    // The form marks its fields as it renders the refusal: before the next frame.
    requestAnimationFrame(() => target.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  });
}
