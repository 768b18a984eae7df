// Copyright (c) 2026 wsus.compliance contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// The page is whole without this: it filters, copies, opens what is linked or printed, and changes the theme.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const hosts = all(".host");
  const form = byId("filter");
  const said = byId("said");
  for (const part of all(".script")) part.hidden = false;

  // What is searched of a host: its line, what is to be done, what changed. Read when it is asked for first.
  const texts = new Map();
  const oneLine = (text) => text.toLowerCase().replace(/\s+/g, " ").trim();
  function textOf(host) {
    if (!texts.has(host)) {
      const parts = [host.querySelector("summary"), ...all(".todo, .changes, .note", host)];
      texts.set(host, oneLine(parts.map((part) => part.textContent).join(" ")));
    }
    return texts.get(host);
  }

  function filter() {
    const phrase = oneLine(byId("search").value);
    const outcomes = new Set(all("[name^=outcome-]:checked", form).map((box) => box.value));
    const issue = byId("issue").value;
    const changed = byId("changed");
    let number = 0;
    for (const host of hosts) {
      const fits = outcomes.has(host.dataset.outcome) &&
        (!issue || host.dataset.issues.split(" ").includes(issue)) &&
        (!changed || !changed.checked || "changed" in host.dataset) &&
        (!phrase || textOf(host).includes(phrase));
      host.hidden = !fits;
      number += fits ? 1 : 0;
    }
    const shown = number.toLocaleString("en"), total = hosts.length.toLocaleString("en");
    byId("shown").textContent = number === hosts.length ? `All ${total} hosts shown` : `${shown} of ${total} hosts shown`;
  }

  let waiting = 0;
  function soon() {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 80);
  }

  // A browser opens what a link leads to; not what the filter has hidden.
  function followed() {
    const target = location.hash && byId(location.hash.slice(1));
    const part = target && target.closest("details");
    if (!part) return;
    if (part.hidden) {
      form.reset();
      filter();
    }
    part.open = true;
    target.scrollIntoView();
    part.querySelector("summary").focus({preventScroll: true});
  }

  function selectText(element) {
    const range = document.createRange();
    range.selectNodeContents(element.firstChild);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }

  async function copy(button) {
    const element = button.parentElement;
    let done = true;
    try {
      await navigator.clipboard.writeText(element.firstChild.textContent);
    } catch {
      selectText(element);
      done = document.execCommand("copy");
    }
    said.textContent = done ? "Copied" : "Selected, not copied";
    button.textContent = done ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  function addCopies(within) {
    for (const element of all("[data-copy]", within)) {
      if (element.querySelector("button")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.setAttribute("aria-label", `Copy: ${element.textContent.slice(0, 60)}`);
      button.addEventListener("click", () => copy(button));
      element.append(button);
    }
  }

  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  function nameTheme() {
    byId("theme").textContent = isDark() ? "Light theme" : "Dark theme";
  }

  let closedForPrint = [];
  function unfold() {
    const shown = hosts.filter((host) => !host.hidden).flatMap((host) => [host, ...all("details", host)]);
    closedForPrint = [...shown, ...all(".offers > details")].filter((part) => !part.open);
    for (const part of closedForPrint) part.open = true;
  }
  function fold() {
    for (const part of closedForPrint) part.open = false;
    closedForPrint = [];
  }

  byId("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  dark.addEventListener("change", nameTheme);
  byId("print").addEventListener("click", () => print());
  addEventListener("beforeprint", unfold);
  addEventListener("afterprint", fold);
  addEventListener("hashchange", followed);
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href^='#']");
    // The address does not change where it is there already.
    if (link && link.hash === location.hash) followed();
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.classList.contains("host")) addCopies(event.target);
  }, true);
  document.addEventListener("keydown", (event) => {
    const search = byId("search");
    if (!search || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !event.target.closest("input, select, textarea")) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      filter();
    }
  });
  if (form) {
    for (const name of ["input", "change"]) form.addEventListener(name, soon);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(filter));
    byId("open").addEventListener("click", () => hosts.forEach((host) => { if (!host.hidden) host.open = true; }));
    byId("close").addEventListener("click", () => hosts.forEach((host) => { host.open = false; }));
    filter();
  }
  nameTheme();
  const first = byId("first");
  if (first) addCopies(first);
  followed();
})();
