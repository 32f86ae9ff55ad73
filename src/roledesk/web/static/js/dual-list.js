// <dual-list>: moves permissions between two panes without a page load.
//
// Promised: whatever is done here ends in the same form fields the page has without
// script (grant.<key> = none|own|team|all), so the server reads one kind of form.
// After each staged change the form fires "staged"; the preview listens to it.
// Not here: what a change means for agents, and what is allowed; the server says both.

const WIDTHS = ["none", "own", "team", "all"];
const TYPE_AHEAD_MS = 700;

const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

class DualList extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.panes = Object.fromEntries([...this.querySelectorAll("[data-pane]")].map((pane) => [pane.dataset.pane, pane]));
    this.search = this.querySelector("[data-search]");
    this.typed = "";
    this.isLeaving = false;
    this.listen();
    this.filter();
    for (const pane of Object.values(this.panes)) this.keepOneStop(pane);
    this.recount();
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this.warn);
  }

  listen() {
    this.search.addEventListener("input", () => this.filter());
    this.addEventListener("click", (event) => this.onClick(event));
    this.addEventListener("dblclick", (event) => this.onDoubleClick(event));
    this.addEventListener("change", (event) => this.onChange(event));
    this.addEventListener("keydown", (event) => this.onKey(event));
    this.addEventListener("focusin", (event) => this.onFocus(event));
    this.form.addEventListener("submit", () => { this.isLeaving = true; });
    this.warn = (event) => { if (this.changes && !this.isLeaving) event.preventDefault(); };
    addEventListener("beforeunload", this.warn);
    addEventListener("pageshow", () => { this.isLeaving = false; });
  }

  // What is where

  rowsOf(pane) { return [...pane.querySelectorAll(".permission")]; }
  shownIn(pane) { return this.rowsOf(pane).filter((row) => !row.hidden); }
  markedIn(pane) { return this.shownIn(pane).filter((row) => pick(row).checked); }
  paneOf(row) { return row.closest("[data-pane]"); }
  otherPane(pane) { return pane === this.panes.available ? this.panes.selected : this.panes.available; }
  isSelected(row) { return this.paneOf(row) === this.panes.selected; }
  staged(row) { return this.isSelected(row) ? scopeOf(row) : "none"; }

  change(row) {
    const [saved, staged] = [row.dataset.saved, this.staged(row)];
    if (saved === staged) return "";
    if (saved === "none") return "new";
    if (staged === "none") return "removed";
    return WIDTHS.indexOf(staged) > WIDTHS.indexOf(saved) ? "wider" : "narrower";
  }

  // Doing

  move(rows, target) {
    const movable = rows.filter((row) => !pick(row).disabled && this.paneOf(row) !== target);
    if (!movable.length) return;
    for (const row of movable) this.place(row, target);
    showWhereItWent(movable[0], target);
    const way = target === this.panes.selected ? "added" : "taken out";
    this.stage(movable.length === 1 ? `${titleOf(movable[0])} ${way}` : `${count(movable.length, "permission")} ${way}`);
  }

  place(row, target) {
    const area = row.closest("[data-area]").dataset.area;
    const list = target.querySelector(`[data-area="${area}"] [data-area-items]`);
    const after = [...list.children].find((other) => Number(other.dataset.order) > Number(row.dataset.order));
    list.insertBefore(row, after ?? null);
    pick(row).checked = false;
    pick(row).name = this.isSelected(row) ? "drop" : "add";
    carry(row, this.isSelected(row));
    this.mark(row);
  }

  mark(row) {
    const change = this.change(row);
    row.classList.remove("permission-new", "permission-removed", "permission-wider", "permission-narrower");
    if (change) row.classList.add(`permission-${change}`);
    const words = { "": "", new: "new", removed: "will be removed" };
    row.querySelector(".permission-mark").textContent = words[change] ?? `${row.dataset.saved} → ${this.staged(row)}`;
  }

  stage(said) {
    this.filter();
    this.recount();
    for (const pane of Object.values(this.panes)) this.keepOneStop(pane);
    this.querySelector("[data-announce]").textContent = `${said}. ${count(this.changes, "change")} staged.`;
    this.form.dispatchEvent(new CustomEvent("staged", { bubbles: true }));
  }

  // Showing

  filter() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const pane of Object.values(this.panes)) {
      for (const row of this.rowsOf(pane)) row.hidden = !words.every((word) => textOf(row).includes(word));
      this.filterAreas(pane);
    }
  }

  filterAreas(pane) {
    for (const area of pane.querySelectorAll("[data-area]")) {
      const shown = area.querySelectorAll(".permission:not([hidden])").length;
      area.hidden = shown === 0;
      area.querySelector("[data-area-count]").textContent = shown;
    }
    const none = pane.querySelector("[data-none]");
    none.hidden = this.shownIn(pane).length > 0;
    none.textContent = this.search.value ? `Nothing here matches “${this.search.value}”.`
      : pane === this.panes.available ? "Every permission is selected." : "Nothing is selected: this role opens nothing.";
  }

  recount() {
    const changes = [...this.querySelectorAll(".permission")].map((row) => this.change(row));
    const tally = (kind) => changes.filter((change) => change === kind).length;
    this.changes = changes.filter(Boolean).length;
    for (const pane of Object.values(this.panes)) pane.querySelector("[data-count]").textContent = this.rowsOf(pane).length;
    this.say("changes", this.changes ? count(this.changes, "change") : "No changes", true);
    this.say("added", `+${count(tally("new"), "permission")}`, tally("new"));
    this.say("wider", `${tally("wider")} wider`, tally("wider"));
    this.say("narrower", `${tally("narrower")} narrower`, tally("narrower"));
    this.say("removed", `−${count(tally("removed"), "permission")}`, tally("removed"));
    for (const button of this.querySelectorAll("[data-when-changed]")) button.disabled = !this.changes;
    const edited = document.querySelector("[data-edited]");
    if (edited) edited.hidden = !this.changes;
  }

  say(name, text, isShown) {
    const place = this.querySelector(`[data-${name}]`);
    place.textContent = text;
    place.hidden = !isShown;
  }

  // One tab stop per pane: the row last stood on, with its scope and its "about".
  keepOneStop(pane, current = pane.querySelector(".permission.is-stop")) {
    const rows = this.shownIn(pane);
    const stop = rows.includes(current) ? current : rows[0];
    for (const row of this.rowsOf(pane)) {
      row.classList.toggle("is-stop", row === stop);
      for (const part of row.querySelectorAll("input:not([type=hidden]), summary, a")) part.tabIndex = row === stop ? 0 : -1;
    }
  }

  // Hearing

  onClick(event) {
    const button = event.target.closest("[name=move]");
    if (event.target.closest("[data-discard]")) this.isLeaving = true;
    if (button) {
      event.preventDefault();
      this.onMoveButton(button.value);
    } else if (event.target.matches("[data-pick]")) {
      this.onPick(event.target, event.shiftKey);
    }
  }

  onMoveButton(way) {
    const { available, selected } = this.panes;
    if (way === "add") this.move(this.markedIn(available), selected);
    if (way === "add_all") this.move(this.shownIn(available), selected);
    if (way === "remove") this.move(this.markedIn(selected), available);
    if (way === "remove_all") this.move(this.shownIn(selected), available);
  }

  onPick(box, isRange) {
    const row = box.closest(".permission");
    const rows = this.shownIn(this.paneOf(row));
    const from = rows.indexOf(this.anchor);
    if (isRange && from >= 0) this.markRange(rows, from, rows.indexOf(row), box.checked);
    this.anchor = row;
  }

  markRange(rows, from, to, isMarked) {
    for (const row of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      if (!pick(row).disabled) pick(row).checked = isMarked;
    }
  }

  onDoubleClick(event) {
    const row = event.target.closest(".permission-pick")?.closest(".permission");
    if (row) this.move([row], this.otherPane(this.paneOf(row)));
  }

  onChange(event) {
    if (event.target.type === "radio") this.onScope(event.target.closest(".permission"));
  }

  onScope(row) {
    this.mark(row);
    this.stage(`${titleOf(row)}: ${scopeOf(row)}`);
  }

  onFocus(event) {
    const row = event.target.closest(".permission");
    if (row) this.keepOneStop(this.paneOf(row), row);
  }

  onKey(event) {
    const row = event.target.matches("[data-pick]") && event.target.closest(".permission");
    if (row) this.onRowKey(event, row);
    else if (event.target === this.search) this.onSearchKey(event);
    else if (event.key === "Enter" && event.target.name === "because") {
      event.preventDefault();
      if (this.changes) this.form.requestSubmit(this.querySelector("[data-update]"));
    } else if (event.key === "Enter" && event.target.type === "radio") event.preventDefault();
  }

  onSearchKey(event) {
    if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      const first = this.shownIn(this.panes.available)[0] ?? this.shownIn(this.panes.selected)[0];
      if (first) pick(first).focus();
    } else if (event.key === "Escape" && this.search.value) {
      event.preventDefault();
      this.search.value = "";
      this.filter();
    }
  }

  onRowKey(event, row) {
    const rows = this.shownIn(this.paneOf(row));
    const at = rows.indexOf(row);
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 8, PageUp: at - 8, Home: 0, End: rows.length - 1 };
    const isCommand = event.ctrlKey || event.metaKey;
    if (event.key in steps) this.step(rows, row, steps[event.key], event.shiftKey);
    else if (event.key === "Enter") this.moveFrom(rows, row);
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") this.shiftScope(row, event.key === "ArrowRight" ? 1 : -1);
    else if (isCommand && event.key === "a") this.markRange(rows, 0, rows.length - 1, true);
    else if (event.key.length === 1 && event.key !== " " && !isCommand && !event.altKey) this.typeAhead(rows, at, event.key);
    else return;
    event.preventDefault();
  }

  step(rows, row, to, isRange) {
    const next = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (isRange) this.markRange(rows, rows.indexOf(row), rows.indexOf(next), true);
    this.anchor = next;
    pick(next).focus();
    next.scrollIntoView({ block: "nearest" });
  }

  // Moves what is marked, or the row itself, and stays in this pane for the next one.
  moveFrom(rows, row) {
    const pane = this.paneOf(row);
    const marked = this.markedIn(pane);
    const moving = marked.length ? marked : [row];
    const staying = rows.filter((other) => !moving.includes(other) || pick(other).disabled);
    const next = staying.find((other) => rows.indexOf(other) > rows.indexOf(row)) ?? staying.at(-1);
    this.move(moving, this.otherPane(pane));
    pick(next ?? row).focus();
  }

  shiftScope(row, by) {
    const radios = [...row.querySelectorAll("input[type=radio]")];
    const next = radios[radios.findIndex((radio) => radio.checked) + by];
    if (!this.isSelected(row) || !next) return;
    next.checked = true;
    this.onScope(row);
  }

  typeAhead(rows, at, key) {
    clearTimeout(this.forget);
    this.forget = setTimeout(() => { this.typed = ""; }, TYPE_AHEAD_MS);
    this.typed += key.toLowerCase();
    const from = this.typed.length === 1 ? at + 1 : at;
    const round = [...rows.slice(from), ...rows.slice(0, from)];
    const next = round.find((row) => titleOf(row).toLowerCase().startsWith(this.typed));
    if (next) pick(next).focus();
  }
}

// What a row holds

const pick = (row) => row.querySelector("[data-pick]");
const titleOf = (row) => row.querySelector(".permission-title").textContent;
const scopeOf = (row) => row.querySelector("input[type=radio]:checked, [data-switch-field]").value;
const textOf = (row) => `${row.querySelector(".permission-pick").textContent} ${row.querySelector(".permission-pick").title}`.toLowerCase();

// Exactly one of the row's fields is sent: none, or its scope.
function carry(row, isHeld) {
  row.querySelector("[data-none-field]").disabled = isHeld;
  const scope = row.querySelector("fieldset, [data-switch-field]");
  scope.disabled = !isHeld;
  if (scope.matches("fieldset")) scope.hidden = !isHeld;
}

function showWhereItWent(row, pane) {
  row.scrollIntoView({ block: "nearest" });
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const from = pane.dataset.pane === "selected" ? -12 : 12;
  row.animate([{ opacity: 0, transform: `translateX(${from}px)` }, { opacity: 1, transform: "none" }], 120);
}

customElements.define("dual-list", DualList);
