// Runs before the first paint, so that a page set to dark does not flash white. A file of its own: the policy allows no inline script.
try {
  const theme = JSON.parse(localStorage.getItem("scratchwork.settings") ?? "{}").theme;
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // No storage, or not ours: the system's colours will do.
}
