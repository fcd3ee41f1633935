import { morphChildren } from "./morph.js";

/** The server has escaped all of it that came from input. */
const parse = (text) => new DOMParser().parseFromString(text, "text/html").body;

const show = (parts) => {
  for (const [id, text] of Object.entries(parts)) {
    const part = document.getElementById(id);
    // Somebody may be using what can be used on it.
    if (part && !part.querySelector("form")) morphChildren(part, parse(text));
  }
};

/** Keeps the page as the server says that it is; a page that nobody sees lets go of its connection. */
export const followChanges = (address) => {
  const link = document.querySelector("#link");
  const say = (word) => {
    if (link.textContent !== word) link.textContent = word;
  };
  let source;
  let isOver = false;

  const open = () => {
    source = new EventSource(address);
    source.addEventListener("open", () => say("live"));
    source.addEventListener("error", () => say("not connected"));
    source.addEventListener("change", ({ data }) => {
      const change = JSON.parse(data);
      show(change.parts);
      if (!change.isOver) return;
      isOver = true;
      source.close();
      say("ended");
    });
  };
  const close = () => {
    source?.close();
    source = undefined;
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else if (!isOver && source === undefined) open();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", () => {
    if (!isOver && source === undefined) open();
  });
  if (!document.hidden) open();
};
