// Links inside the desk: a question put in a dialog, a ready reply to insert, a menu that closes.

import { ASIDE, parser, toast } from "./desk.js";

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog], a[data-insert]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.dataset.insert != null) return insert(link);
  ask(link).catch(() => toast("No connection. Try again in a moment."));
});

// Only the question asked last is put, and only on the page where it was asked; one that is none is a page of its own.
let questions = 0;
async function ask(link) {
  const [mine, from, name] = [++questions, location.href, link.textContent.trim()];
  const answer = await fetch(link.href, ASIDE);
  const page = parser.parseFromString(await answer.text(), "text/html");
  if (mine !== questions || from !== location.href) return;
  const asked = page.querySelector("[data-dialog-page], #main .detail-pane");
  if (asked) put(asked, name);
  else location.assign(link.href);
}
function put(asked, name) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-label", name);
  dialog.append(...asked.childNodes);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (inside) => {
    if (inside.target === dialog || inside.target.closest("[data-dismiss]")) { inside.preventDefault(); dialog.close(); }
  });
  document.body.append(dialog);
  dialog.showModal();
}
function insert(link) {
  const field = document.getElementById("text");
  field.setRangeText(link.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  link.closest("details")?.removeAttribute("open");
  field.focus();
}
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.pop[open]")) if (!open.contains(event.target)) open.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.pop[open]")) {
    if (open.contains(document.activeElement)) open.querySelector("summary").focus();
    open.open = false;
  }
});
