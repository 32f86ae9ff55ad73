// Keeps the desk's pages as they are now. What is shown always comes from the page's own guarded
// address: an event only says that it is worth asking again. Every page works without this script.

const parser = new DOMParser();
const SOON_MS = 60;
const QUIET_MS = 1500;
const TYPING_MS = 3000;
const HERE_MS = 25000;
let asking = null;
let again = false;
let sending = 0;
let sent = 0;
let timer = 0;
let due = Infinity;
let asked = 0;
let isLeft = false;

const live = (root) => [...root.querySelectorAll("[data-live]")];
const main = () => document.getElementById("main");
const opened = () => document.querySelector("[data-open]")?.dataset.open ?? "";

// What the server said of a region, without what is new each time it is asked.
function said(region) {
  const copy = region.cloneNode(true);
  for (const each of copy.querySelectorAll("[data-once], time")) each.remove();
  return copy.innerHTML;
}
const known = new WeakMap();
const remember = () => { for (const region of live(document)) known.set(region, said(region)); };

function show(page, isRefused) {
  const wanted = page.getElementById("main");
  if (!wanted) return location.reload();
  const names = (root) => live(root).map((each) => each.dataset.live).join();
  document.title = page.title;
  if (isRefused) document.querySelector("dialog[open]")?.close();
  if (isRefused || names(wanted) !== names(main()) || page.querySelector("[data-open]")?.dataset.open !== document.querySelector("[data-open]")?.dataset.open) {
    main().className = wanted.className;
    main().replaceChildren(...wanted.childNodes);
    arrive();
  } else {
    toast(wanted.querySelector(".detail-pane > .notice")?.innerText.trim());
  }
  const around = '[data-live="navigation"], [data-live="presence"]';
  const fresh = [...page.querySelectorAll(around)];
  const pairs = [...document.querySelectorAll(around)].map((old, at) => [old, fresh[at]]);
  pairs.push(...live(wanted).map((region) => [main().querySelector(`[data-live="${region.dataset.live}"]`), region]));
  for (const [old, region] of pairs) if (old && region) replace(old, region);
  showTyping();
  markRead();
}

function replace(old, region) {
  const text = said(region);
  if (known.get(old) === text || isSearched(old, region)) return;
  const place = keepPlace(old);
  for (const each of [...old.attributes]) if (!region.hasAttribute(each.name)) old.removeAttribute(each.name);
  for (const each of region.attributes) old.setAttribute(each.name, each.value);
  old.replaceChildren(...region.childNodes);
  known.set(old, text);
  window.htmx?.process(old);
  restoreDraft(old);
  place();
}

// What somebody is looking for right now is not looked up again beneath his hands.
function isSearched(old, region) {
  const search = old.querySelector("[type=search]");
  return Boolean(search) && search.value !== (region.querySelector("[type=search]")?.value ?? "");
}

// A thread that stood at its end stays there; a list stays where it was; what had the focus keeps it.
function keepPlace(region) {
  const scroller = region.matches(".thread") ? region : region.querySelector(".rows, .sidebar-nav") ?? region;
  const atEnd = region.matches(".thread") && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  const top = scroller.scrollTop;
  const focus = region.contains(document.activeElement) ? document.activeElement : null;
  const way = focus && (focus.id ? `#${CSS.escape(focus.id)}` : focus.getAttribute("href") ? `a[href="${CSS.escape(focus.getAttribute("href"))}"]` : null);
  const caret = focus?.selectionStart;
  return () => {
    const now = region.matches(".thread") ? region : region.querySelector(".rows, .sidebar-nav") ?? region;
    now.scrollTop = atEnd ? now.scrollHeight : top;
    const target = way && region.querySelector(way);
    target?.focus({ preventScroll: true });
    if (target?.setSelectionRange && caret != null) target.setSelectionRange(caret, caret);
  };
}

const isOnlySentTo = (answer) => answer.status === 405;
const isSignIn = (answer) => new URL(answer.url).pathname === "/sign-in";
// Left once: whatever else is heard while the next page is on its way would only begin its journey again.
function leave(address) {
  if (isLeft) return;
  isLeft = true;
  location.assign(address);
}
function take(answer, page) {
  if (isSignIn(answer)) return leave(answer.url);
  const before = unreadOfMine();
  show(page, [403, 404].includes(answer.status));
  announce(before);
}

// What is sent goes first: it may lead to another page, and what was asked of this one before is then of no use.
async function refresh() {
  due = Infinity;
  if (isLeft) return;
  if (asking || sending) return void (again = true);
  const before = sent;
  asked = Date.now();
  try {
    const answer = await (asking = fetch(location.href, { headers: { Accept: "text/html" } }));
    const text = await answer.text();
    if (answer.status >= 429) soon(5 * QUIET_MS);
    else if (sent === before && !isOnlySentTo(answer)) take(answer, parser.parseFromString(text, "text/html"));
  } catch {
    soon(5 * QUIET_MS);
  } finally {
    asking = null;
    catchUp();
  }
}
function catchUp() {
  if (!again || asking || sending) return;
  again = false;
  soon();
}

// At once for what is looked at; for the rest not more often than anybody reads.
const later = () => Math.max(SOON_MS, asked + (live(main()).length ? QUIET_MS : 10 * QUIET_MS) - Date.now());
// What waits already is never put off by what comes next: a busy team would keep a page from ever being asked for.
function soon(wait = SOON_MS) {
  if (Date.now() + wait >= due) return;
  clearTimeout(timer);
  due = Date.now() + wait;
  timer = setTimeout(refresh, wait);
}

// Events

let place = document.querySelector("[data-position]")?.dataset.position;
let source = null;
function listen() {
  source?.close();
  if (!place) return;
  source = new EventSource(`/live?after=${encodeURIComponent(place)}`);
  const on = (name, react) => source.addEventListener(name, (event) => {
    place = event.lastEventId || place;
    react(JSON.parse(event.data));
  });
  on("changed", (what) => {
    if (what.kind === "typing") return typing(what.id);
    if (what.kind === "message" && what.id === typist.chat) typing(what.id, 0);
    soon(what.id === opened() ? SOON_MS : later());
  });
  on("removed", () => soon());
  on("queue", () => soon(later()));
  on("presence", () => soon(QUIET_MS));
  on("reset", () => soon());
  on("end", () => soon(0));
  on("access", (what) => { tellAccess(what); soon(0); });
  let lost = false;
  // Refused: most likely a sign-in that ended before its stream began, of which the page hears by asking.
  const refused = () => { soon(); setTimeout(listen, 5 * QUIET_MS); };
  source.addEventListener("error", () => { lost = true; if (source.readyState === EventSource.CLOSED) refused(); });
  source.addEventListener("open", () => { if (lost) soon(); lost = false; });
}
// A page that is left hears nothing; one that the back button brings back was made long ago.
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => { if (event.persisted) { isLeft = false; listen(); soon(0); } });

function tellAccess({ lost, gained }) {
  const words = [lost.length && `You may no longer: ${lost.join(", ")}.`, gained.length && `You may now: ${gained.join(", ")}.`];
  toast(words.filter(Boolean).join(" "));
}

function toast(text) {
  const place = document.getElementById("toast");
  if (!text || !place) return;
  place.querySelector("span").textContent = text;
  place.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { place.hidden = true; }, 12000);
}

// That somebody writes outlasts a refresh, and ends with what he wrote or after a while.
let typist = { chat: null, until: 0 };
function typing(chat, ms = 2 * TYPING_MS) {
  typist = { chat, until: Date.now() + ms };
  showTyping();
  setTimeout(showTyping, ms + 1);
}
function showTyping() {
  const line = document.getElementById("typing");
  if (line) line.hidden = typist.chat !== opened() || Date.now() >= typist.until;
}

// Desktop notification: that somebody wrote, and who; never what.

const unreadOfMine = () => new Map([...document.querySelectorAll(".row-unread[data-mine]")].map((row) => [row.dataset.chat, row.querySelector(".row-title").textContent]));
function announce(before) {
  if (!("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
  for (const [id, name] of unreadOfMine()) if (!before.has(id)) new Notification(`${name} wrote`, { tag: id });
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-notify]");
  if (button) Notification.requestPermission().then(() => { button.hidden = true; });
});

// Drafts: kept in this tab until they are sent.

const draftOf = (root) => root.querySelector("[data-draft]");
function restoreDraft(root) {
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
  if (!form || event.target.tagName !== "TEXTAREA") return;
  keepDraft(form.dataset.draft, event.target.value);
  if (form.matches(".composer-reply")) tellTyping();
});
let toldTyping = 0;
function tellTyping() {
  if (Date.now() - toldTyping < TYPING_MS) return;
  toldTyping = Date.now();
  fetch(`/inbox/${encodeURIComponent(opened())}/typing`, { method: "POST" }).catch(() => {});
}

// Each thing said has a key of its own, and the same when it is sent again because no answer came or its page was
// left: the server takes each key once.
const draw = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
function giveKey(name, fields) {
  const what = JSON.stringify([fields.get("text"), fields.get("file")?.name]);
  const [before, kept] = JSON.parse(sessionStorage.getItem(`sent:${name}`) ?? "[]");
  const key = what === before ? kept : draw();
  fields.set("client_key", key);
  sessionStorage.setItem(`sent:${name}`, JSON.stringify([what, key]));
}

// What was said leaves the composer; what was written while it travelled stays.
function clearSaid(form, text) {
  const name = form.dataset.draft;
  const kept = sessionStorage.getItem(`draft:${name}`) ?? "";
  const more = kept.startsWith(text) ? kept.slice(text.length) : kept;
  sessionStorage.removeItem(`sent:${name}`);
  sessionStorage.setItem(`draft:${name}`, more);
  form.reset();
  for (const field of form.querySelectorAll("textarea")) field.value = more;
  for (const shown of form.querySelectorAll("[data-file]")) shown.textContent = "";
}

// Sending without leaving the page, one after the other; what could not be sent stays where it was written.

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
  if (form.matches(".presence-switch")) return void (again = true);
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
    again = true;
    toast("No connection. What you wrote is still here; send it again in a moment.");
  } finally {
    delete filled.form.dataset.busy;
    delete filled.form.dataset.sent;
    sending--;
    catchUp();
  }
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || !form.matches("[data-send], .dialog form, [data-live] form, .presence-switch") || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  sending++;
  sent++;
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

// Links inside the desk: a dialog, another mode of the composer, a reply to insert.

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
  const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
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

// Reading

let readTo = "";
function markRead() {
  const thread = document.getElementById("thread");
  const now = thread && `${opened()}:${thread.dataset.seq}`;
  if (!now || now === readTo || document.visibilityState !== "visible" || !("unread" in thread.dataset)) return;
  readTo = now;
  fetch(`/inbox/${encodeURIComponent(opened())}/read`, { method: "POST", body: new URLSearchParams({ seq: thread.dataset.seq }) }).catch(() => { readTo = ""; });
}
document.addEventListener("visibilitychange", markRead);

function arrive() {
  window.htmx?.process(main());
  restoreDraft(document);
  const thread = document.getElementById("thread");
  if (thread) thread.scrollTop = thread.scrollHeight;
  remember();
  markRead();
}
// While the desk is open its agent is there.
setInterval(() => {
  const there = document.querySelector(".presence-switch [aria-pressed='true']:not([value='offline'])");
  if (there) fetch("/presence/here", { method: "POST" }).catch(() => {});
}, HERE_MS);

for (const button of document.querySelectorAll("[data-notify]")) button.hidden = !("Notification" in window) || Notification.permission !== "default";
arrive();
listen();
