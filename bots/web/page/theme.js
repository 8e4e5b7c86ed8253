// Light, dark, or as the system has it. Not a module: it runs before anything is painted, so that nothing flashes.

(() => {
  const KEY = "rookery.theme";

  function chosen() {
    try {
      return localStorage.getItem(KEY) ?? "system";
    } catch {
      return "system"; // storage is off
    }
  }

  function wear(theme) {
    document.documentElement.dataset.theme = theme;
  }

  wear(chosen());
  document.documentElement.dataset.shown = location.hash.split("/")[1] || "chat"; // nor another view than is asked for
  addEventListener("storage", ({ key }) => key === KEY && wear(chosen()));
  addEventListener("DOMContentLoaded", () => {
    const select = document.getElementById("theme");
    select.value = chosen();
    select.addEventListener("change", () => {
      wear(select.value);
      try {
        localStorage.setItem(KEY, select.value);
      } catch {
        // Storage is off: the choice lasts as long as the page.
      }
    });
  });
})();
