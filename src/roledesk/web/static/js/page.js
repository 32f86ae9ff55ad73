// Small comforts of every page; each page works without them.

// A list stands where it was left, with its current row in sight.
const list = document.querySelector(".list-pane .rows");
if (list) {
  const place = `list:${list.closest(".list-pane").getAttribute("aria-labelledby")}`;
  list.scrollTop = Number(sessionStorage.getItem(place));
  list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  addEventListener("pagehide", () => {
    sessionStorage.setItem(place, (document.querySelector(".list-pane .rows") ?? list).scrollTop);
  });
}

// So does the side bar.
const pages = document.querySelector(".sidebar .sidebar-nav");
if (pages) {
  pages.scrollTop = Number(sessionStorage.getItem("list:pages"));
  pages.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  addEventListener("pagehide", () => sessionStorage.setItem("list:pages", pages.scrollTop));
}

// Say when the connection is gone, and when it is back.
const offline = document.getElementById("offline");
const tell = () => { if (offline) offline.hidden = navigator.onLine; };
addEventListener("offline", tell);
addEventListener("online", tell);
tell();

// Copy what is shown only once.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = "Copied";
  });
}

// A form is sent once; a second press while it travels does nothing.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  else if (event.target.method === "post") event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
});

// A chart takes its sizes from the numbers beside it; without this script the table alone tells them.
for (const name of ["size", "rows"]) for (const each of document.querySelectorAll(`[data-${name}]`)) each.style.setProperty(`--${name}`, each.dataset[name]);

// A picture of what a form describes, as it is filled in.
const picture = document.querySelector("[data-previews]");
if (picture) {
  const { form } = document.getElementById("colour");
  const draw = () => {
    picture.style.setProperty("--colour", form.elements.colour.value);
    for (const part of picture.children) part.textContent = form.elements[part.dataset.shows].value;
  };
  picture.hidden = false;
  form.addEventListener("input", draw);
  draw();
}
