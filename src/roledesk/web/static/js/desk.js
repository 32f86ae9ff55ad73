// Keeps the desk's pages as they are now. What is shown always comes from the page's own guarded
// address: an event only says that it is worth asking again. Every page works without this script.

import { restoreDraft } from "./drafts.js";

export const parser = new DOMParser();
// For what is asked without being sent or gone to: what was said to another page is left for it.
export const ASIDE = { headers: { Accept: "text/html", "Roledesk-Notice": "leave" } };
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
export const isSignIn = (answer) => new URL(answer.url).pathname === "/sign-in";
// Left once: whatever else is heard while the next page is on its way would only begin its journey again.
export function leave(address) {
  if (isLeft) return;
  isLeft = true;
  location.assign(address);
}
export function take(answer, page) {
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
    const answer = await (asking = fetch(location.href, ASIDE));
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

export function beginSending() {
  sending++;
  sent++;
}
export function endSending() {
  sending--;
  catchUp();
}
export function askAgain() {
  again = true;
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

export function toast(text) {
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

document.addEventListener("input", (event) => {
  if (event.target.matches(".composer-reply textarea")) tellTyping();
});
let toldTyping = 0;
function tellTyping() {
  if (Date.now() - toldTyping < TYPING_MS) return;
  toldTyping = Date.now();
  fetch(`/inbox/${encodeURIComponent(opened())}/typing`, { method: "POST" }).catch(() => {});
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
