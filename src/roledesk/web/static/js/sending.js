// Sending without leaving the page, one after the other; what could not be sent stays where it was written.

import { askAgain, beginSending, endSending, isSignIn, leave, parser, take, toast } from "./desk.js";
import { clearSaid, giveKey } from "./drafts.js";

let turn = Promise.resolve();
function fill(form, button) {
  const fields = new FormData(form, button);
  const says = Boolean(form.dataset.draft) && !button?.hasAttribute("formaction");
  if (says) giveKey(form.dataset.draft, fields);
  return { form, fields, says, way: button?.getAttribute("formaction") ?? form.getAttribute("action") };
}

async function send({ form, fields, says, way }) {
  const body = form.enctype === "multipart/form-data" ? fields : new URLSearchParams(fields);
  const answer = await fetch(way, { method: "POST", body, headers: { Accept: "text/html" } });
  const text = await answer.text();
  if (isSignIn(answer)) return leave(answer.url);
  if (form.matches(".presence-switch")) return askAgain();
  const page = parser.parseFromString(text, "text/html");
  const isSaid = says && answer.ok && !page.querySelector(".detail-pane > :is(.notice-note, .notice-refused, .notice-error)");
  const now = [...document.querySelectorAll("[data-draft]")].find((each) => each.dataset.draft === form.dataset.draft) ?? form;
  if (isSaid) clearSaid(now, fields.get("text"));
  if (answer.ok) history.replaceState(history.state, "", answer.url);
  form.closest("dialog")?.close();
  take(answer, page);
  if (isSaid) document.getElementById("text")?.focus();
  const thread = document.getElementById("thread");
  if (isSaid && thread) thread.scrollTop = thread.scrollHeight;
}
async function trySend(filled) {
  try {
    await send(filled);
  } catch {
    askAgain();
    toast("No connection. What you wrote is still here; send it again in a moment.");
  } finally {
    delete filled.form.dataset.busy;
    delete filled.form.dataset.sent;
    endSending();
  }
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || !form.matches("[data-send], .dialog form, [data-live] form, .presence-switch") || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  beginSending();
  const filled = fill(form, event.submitter);
  turn = turn.then(() => trySend(filled));
});
document.addEventListener("change", (event) => {
  const shown = event.target.matches("[type=file]") && event.target.parentElement.querySelector("[data-file]");
  if (shown) shown.textContent = event.target.files[0]?.name ?? "";
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches("[data-send] textarea")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
