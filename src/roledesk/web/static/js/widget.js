// The visitor's window. Events only say that something happened; what was said is fetched behind the number known last,
// so nothing is lost and nothing is shown twice, however often the connection breaks. What was written is sent with a key
// of its own until it is acknowledged: the server takes each key once.

const base = document.body.dataset.widget;
const mostBytes = Number(document.body.dataset.mostBytes);
const $ = (id) => document.getElementById(id);
const shown = new Map();
const outbox = [];
let known = { seen: 0, conversation: null };
let last = 0;
let read = 0;
// A browser may refuse a frame all storage: then it is forgotten at the next page that the window was open.
const kept = (name, value) => {
  try {
    return value === undefined ? sessionStorage.getItem(name) : sessionStorage.setItem(name, value);
  } catch { return null; }
};
let isOpen = kept("roledesk-open") === "yes";
let asking = null;
let again = false;
let whole = false;
let retry = 0;
let sending = false;
let source = null;

const clock = (at) => new Date(1000 * at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const tell = (message) => parent.postMessage(message, "*");

// What the window shows

async function refresh() {
  if (asking) return void (again = true);
  clearTimeout(retry);
  const after = whole ? 0 : last;
  whole = false;
  asking = fetch(`${base}/window?after=${after}`).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)));
  try {
    take(await asking);
  } catch (status) {
    if (status === 404) return void document.body.replaceChildren();
    whole ||= !after;
    retry = setTimeout(refresh, 3000);
  } finally {
    asking = null;
  }
  if (again) { again = false; refresh(); }
}

function take(window_) {
  if (known.conversation && window_.conversation !== known.conversation) return startOver();
  const isFirst = !known.position;
  known = window_;
  read = Math.max(read, window_.seen);
  paint(window_.colour);
  $("title").textContent = window_.title;
  $("partner").textContent = window_.partner;
  $("greeting").textContent = window_.greeting;
  $("away").hidden = !window_.is_away;
  $("away").textContent = window_.away + (window_.opens_at ? ` We are back from ${when(window_.opens_at)}.` : "");
  $("over").hidden = window_.conversation === null || window_.is_open;
  for (const said of window_.messages) show(said);
  if (window_.more) again = true;
  $("launcher").hidden = isOpen;
  if (isFirst) { place(); listen(); }
  count();
}

function startOver() {
  for (const [key, item] of shown) if (!String(key).startsWith("key:")) { item.remove(); shown.delete(key); }
  last = read = 0;
  known = { ...known, conversation: null };
  refresh();
}

function when(at) {
  const day = new Date(1000 * at);
  const isToday = day.toDateString() === new Date().toDateString();
  return day.toLocaleString([], isToday ? { hour: "2-digit", minute: "2-digit" } : { weekday: "long", hour: "2-digit", minute: "2-digit" });
}

function paint(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  document.documentElement.style.setProperty("--colour", colour);
  document.documentElement.style.setProperty("--on-colour", 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff");
}

function show(said) {
  last = Math.max(last, said.seq);
  const sent = said.key && shown.get(`key:${said.key}`);
  if (sent) { sent.remove(); shown.delete(`key:${said.key}`); }
  const item = bubble(said);
  item.dataset.seq = said.seq;
  const old = shown.get(said.seq);
  if (old) old.replaceWith(item);
  else insert(item, said.seq);
  shown.set(said.seq, item);
  if (!said.mine) $("typing").hidden = true;
  toEnd();
}

// In the order of their numbers; what is not acknowledged yet stands last.
function insert(item, seq) {
  const after = [...$("messages").children].find((each) => Number(each.dataset.seq ?? Infinity) > seq);
  $("messages").insertBefore(item, after ?? null);
}

function bubble(said) {
  const item = document.createElement("li");
  item.className = `message${said.mine ? " message-mine" : ""}${said.deleted ? " message-gone" : ""}`;
  const text = document.createElement("p");
  text.className = "bubble";
  text.dir = "auto";
  text.textContent = said.deleted ? "Message removed" : said.text;
  if (said.file && !said.deleted) {
    const link = document.createElement("a");
    link.href = said.file.id ? `${base}/files/${said.file.id}` : "#";
    link.download = said.file.name;
    link.textContent = said.file.name;
    text.append(said.text ? "\n" : "", link);
  }
  const meta = document.createElement("p");
  meta.className = "meta";
  meta.textContent = [said.by, said.at && clock(said.at)].filter(Boolean).join(" · ");
  item.append(text, meta);
  return item;
}

function toEnd() {
  $("said").scrollTop = $("said").scrollHeight;
}

// Reading

function count() {
  const unread = [...shown.entries()].filter(([seq, item]) => seq > read && !item.classList.contains("message-mine")).length;
  if (isOpen && document.visibilityState === "visible" && last > read) {
    read = last;
    post("read", { seq: read }).catch(() => {});
    return count();
  }
  $("count").hidden = !unread || isOpen;
  const news = unread && !isOpen ? `${unread} new ${unread === 1 ? "message" : "messages"}` : "";
  if ($("news").textContent !== news) $("news").textContent = news;
  $("count").textContent = unread;
  $("launcher").setAttribute("aria-label", unread ? `${known.title}, ${unread} new` : known.title);
}

// Opening and closing

function place() {
  $("window").hidden = !isOpen;
  $("launcher").hidden = isOpen;
  $("launcher").setAttribute("aria-expanded", String(isOpen));
  tell({ kind: "place", open: isOpen });
  kept("roledesk-open", isOpen ? "yes" : "no");
  toEnd();
  count();
}
$("launcher").addEventListener("click", () => { isOpen = true; place(); $("text").focus(); });
function hide() { isOpen = false; place(); $("launcher").focus(); }
$("hide").addEventListener("click", hide);
addEventListener("keydown", (event) => { if (event.key === "Escape" && isOpen) hide(); });

// Writing

const post = (door, fields, file) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file) form.append("file", file);
  return fetch(`${base}/${door}`, { method: "POST", body: form });
};

// Whoever writes for the first time is known by this number until he is answered: sent again, it is still the same visitor.
const draw = () => [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
let drawn = draw();

function write(text, file) {
  const key = crypto.randomUUID();
  const item = bubble({ mine: true, text, file: file && { name: file.name }, by: "Sending…" });
  item.classList.add("message-waiting");
  $("messages").append(item);
  shown.set(`key:${key}`, item);
  outbox.push({ key, text, file });
  toEnd();
  send();
}

async function send() {
  if (sending || !outbox.length) return;
  sending = true;
  const { key, text, file } = outbox[0];
  let wait = 0;
  try {
    const answer = await post("messages", { text, client_key: key, drawn }, file);
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) acknowledge(told);
    else if (answer.status === 429) wait = 1000 * Number(answer.headers.get("retry-after") || 5);
    else if (answer.status >= 500) wait = 3000;
    else refuse(key, told.detail);
  } catch {
    wait = 3000;
  }
  sending = false;
  trouble(wait ? "No connection, or too much at once. It is sent again by itself." : $("trouble").dataset.kept ?? "");
  if (wait) setTimeout(send, wait);
  else send();
}

function acknowledge({ conversation, messages }) {
  outbox.shift();
  delete $("trouble").dataset.kept;
  const isNew = known.conversation !== conversation;
  if (isNew && known.conversation) return startOver();
  known.conversation = conversation;
  const [said] = messages;
  // Only what follows at once is known to be complete; the rest is fetched.
  const before = last;
  show(said);
  if (isNew || said.seq !== before + 1) { last = before; refresh(); }
  if (isNew) listen();
  $("over").hidden = true;
}

function refuse(key, detail) {
  const { text } = outbox.shift();
  shown.get(`key:${key}`)?.remove();
  shown.delete(`key:${key}`);
  if (!$("text").value) $("text").value = text;
  $("trouble").dataset.kept = detail ? `${detail[0].toUpperCase()}${detail.slice(1)}.` : "This could not be sent.";
}

function trouble(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = !text;
}

$("write").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  delete $("trouble").dataset.kept;
  write(text);
});
$("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("write").requestSubmit();
});
$("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (file?.size > mostBytes) return trouble(`A file may have at most ${(mostBytes / 1e6).toFixed(1)} MB; choose a smaller one.`);
  if (file) write("", file);
});
let typed = 0;
$("text").addEventListener("input", () => {
  if (!known.conversation || !known.is_open || Date.now() - typed < 3000) return;
  typed = Date.now();
  post("typing", {}).catch(() => {});
});

// Hearing

let typingTimer = 0;
function typing() {
  $("typing").textContent = `${known.partner} is writing…`;
  $("typing").hidden = false;
  toEnd();
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => { $("typing").hidden = true; }, 6000);
}

function listen() {
  source?.close();
  if (document.visibilityState === "hidden") return;
  source = new EventSource(`${base}/live?after=${encodeURIComponent(known.position)}`);
  source.addEventListener("changed", (event) => { if (JSON.parse(event.data).kind === "deleted") whole = true; refresh(); });
  source.addEventListener("typing", typing);
  source.addEventListener("reset", () => { whole = true; refresh(); });
  source.addEventListener("open", refresh);
  source.addEventListener("end", () => { source.close(); setTimeout(listen, 1000); });
  source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) setTimeout(() => refresh().then(listen), 5000); });
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") return void source?.close();
  refresh().then(listen);
});
addEventListener("online", () => { send(); refresh(); });
// While no stream comes through, the window asks by itself.
setInterval(() => {
  if (document.visibilityState === "visible" && known.position && source?.readyState !== EventSource.OPEN) refresh();
}, 10_000);

// Who it is, when the page's own server says so; nobody again when it says so no more, as after signing out.

addEventListener("message", async (event) => {
  if (event.source !== parent || event.data?.kind !== "identity") return;
  const { identity, signature, name } = event.data;
  if (identity === known.identity) return;
  const answer = await (identity ? post("identity", { identity, signature, name }) : post("forget", {}));
  if (!answer.ok) return;
  drawn = draw();
  startOver();
  refresh().then(listen);
});

await refresh();
tell({ kind: "ready" });
