// Runs before the first paint so that the page never flashes in the wrong theme, nor with its mark in the wrong place.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem("codemie.theme");
  } catch (error) {
    // Storage may be blocked; the system theme applies then.
  }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
  if (/^\/(?:sign-in|auth\/)/.test(location.pathname)) document.documentElement.dataset.starts = "signed-out";
})();
