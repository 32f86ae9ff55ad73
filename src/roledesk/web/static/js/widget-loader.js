// Puts the chat window of a Roledesk widget into the page that names this script. Everything it shows comes from a
// frame of its own: the page cannot read the chat, and the chat cannot touch the page.
(() => {
  const script = document.currentScript;
  const source = new URL(script.src);
  if (document.querySelector(`iframe[data-roledesk="${source.pathname}"]`)) return;
  const frame = document.createElement("iframe");
  frame.dataset.roledesk = source.pathname;
  frame.src = source.href.replace(/\.js(?=\?|$)/, "/frame");
  frame.title = script.dataset.title || "Chat";
  frame.allow = "";
  Object.assign(frame.style, { position: "fixed", insetInlineEnd: "0", insetBlockEnd: "0", inlineSize: "88px", blockSize: "88px", border: "0", zIndex: "2147483000", colorScheme: "light dark", background: "transparent" });
  const place = ({ open, wide }) => {
    const full = open && matchMedia("(max-width: 480px)").matches;
    Object.assign(frame.style, full ? { inlineSize: "100%", blockSize: "100%" } : open ? { inlineSize: "400px", blockSize: "min(640px, 100%)" } : { inlineSize: wide ? "320px" : "88px", blockSize: wide ? "140px" : "88px" });
  };
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== source.origin) return;
    if (event.data.kind === "place") place(event.data);
    if (event.data.kind === "ready") {
      const { identity, signature, name } = script.dataset;
      frame.contentWindow.postMessage({ kind: "identity", identity: identity || "", signature: signature || "", name: name || "" }, source.origin);
    }
  });
  (document.body || document.documentElement).append(frame);
})();
