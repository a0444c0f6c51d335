// Light or dark: the system's choice, unless the reader made one. Runs before the first paint.
(() => {
  const root = document.documentElement;
  const store = () => { try { return window.localStorage; } catch { return null; } };
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const current = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  const chosen = store()?.getItem("theme");
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) return;
    const show = () => {
      const other = current() === "dark" ? "light" : "dark";
      button.setAttribute("aria-label", `Show this site in ${other} colours`);
      button.dataset.shows = current();
    };
    button.hidden = false;
    show();
    dark.addEventListener("change", show);
    button.addEventListener("click", () => {
      root.dataset.theme = current() === "dark" ? "light" : "dark";
      store()?.setItem("theme", root.dataset.theme);
      show();
      document.dispatchEvent(new CustomEvent("themechange"));
    });
  });
})();
