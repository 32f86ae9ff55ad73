// What somebody writes: kept in this tab until it is sent, under a key by which the server takes it once.

const draftOf = (root) => root.querySelector("[data-draft]");
export function restoreDraft(root) {
  const form = root.matches?.("[data-draft]") ? root : draftOf(root);
  const field = form?.querySelector("textarea");
  const kept = form && sessionStorage.getItem(`draft:${form.dataset.draft}`);
  if (field && kept && !field.value) field.value = kept;
}
function keepDraft(name, text) {
  sessionStorage.setItem(`draft:${name}`, text);
  if (!text) sessionStorage.removeItem(`sent:${name}`);
}
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-draft]");
  if (form && event.target.tagName === "TEXTAREA") keepDraft(form.dataset.draft, event.target.value);
});

// Each thing said has a key of its own, and the same when it is sent again because no answer came or its page was
// left: the server takes each key once.
const draw = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
export function giveKey(name, fields) {
  const what = JSON.stringify([fields.get("text"), fields.get("file")?.name]);
  const [before, kept] = JSON.parse(sessionStorage.getItem(`sent:${name}`) ?? "[]");
  const key = what === before ? kept : draw();
  fields.set("client_key", key);
  sessionStorage.setItem(`sent:${name}`, JSON.stringify([what, key]));
}

// What was said leaves the composer; what was written while it travelled stays.
export function clearSaid(form, text) {
  const name = form.dataset.draft;
  const kept = sessionStorage.getItem(`draft:${name}`) ?? "";
  const more = kept.startsWith(text) ? kept.slice(text.length) : kept;
  sessionStorage.removeItem(`sent:${name}`);
  sessionStorage.setItem(`draft:${name}`, more);
  form.reset();
  for (const field of form.querySelectorAll("textarea")) field.value = more;
  for (const shown of form.querySelectorAll("[data-file]")) shown.textContent = "";
}
