// Live parts of the planner's page: the answer gets sharper, the budget follows the controls, and a slider shows its
// number. Everything works without this file, by buttons and by loading the page again.
"use strict";
(() => {
  const pause = 1500;

  // Replaces the content of a box, and keeps what is open and what has the focus.
  const put = (box, html) => {
    const open = [...box.querySelectorAll("details[open][id]")].map((it) => it.id);
    const focus = document.activeElement && box.contains(document.activeElement) ? document.activeElement : null;
    const again = focus && { id: focus.id, href: focus.getAttribute("href"), tag: focus.tagName };
    box.innerHTML = html;
    for (const id of open) {
      const it = document.getElementById(id);
      if (it) it.open = true;
    }
    if (!again) return;
    const same = (it) => (again.id ? it.id === again.id : it.getAttribute("href") === again.href);
    const found = [...box.querySelectorAll(again.tag)].find(same);
    if (found) found.focus({ preventScroll: true });
  };

  const live = document.querySelector("[data-live]:not([data-done])");
  if (live) {
    let have = live.dataset.have || "";
    const look = async () => {
      let more = true;
      try {
        const mark = live.dataset.live.includes("?") ? "&" : "?";
        const answer = await fetch(`${live.dataset.live}${mark}have=${have}`, { cache: "no-store" });
        if (answer.ok) {
          const found = await answer.json();
          const state = document.getElementById("state");
          const content = document.getElementById("content");
          if (state && found.state) put(state, found.state);
          if (found.content !== null) {
            if (!content) return location.reload();
            put(content, found.content);
          }
          have = found.have;
          more = found.more;
        }
      } catch {
        // keten was stopped, or starts again: ask later.
      }
      if (more) setTimeout(look, pause);
    };
    setTimeout(look, pause);
  }

  const mix = document.getElementById("mix");
  const budget = document.getElementById("budget");
  if (mix && budget) {
    mix.addEventListener("change", async () => {
      try {
        const answer = await fetch("/budget", { method: "POST", body: new URLSearchParams(new FormData(mix)) });
        if (answer.ok) budget.innerHTML = await answer.text();
      } catch {
        // The button below does the same.
      }
    });
  }

  for (const slider of document.querySelectorAll("input[data-shows]")) {
    const shown = document.getElementById(slider.dataset.shows);
    slider.addEventListener("input", () => { shown.value = slider.value; });
  }
})();
