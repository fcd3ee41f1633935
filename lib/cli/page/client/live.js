import { morphChildren } from "./morph.js";

/** The server has escaped all of it that came from input. */
const parse = (text) => new DOMParser().parseFromString(text, "text/html").body;

const showParts = (parts) => {
  for (const [id, text] of Object.entries(parts)) {
    const part = document.getElementById(id);
    // Somebody may be using what can be used on it.
    if (part && !part.querySelector("form")) morphChildren(part, parse(text));
  }
};

/** Values are set in place, where nothing has to be parsed; those of an attribute are named `id@attribute`. */
const showValues = (values) => {
  for (const [key, text] of Object.entries(values)) {
    const [id, attribute] = key.split("@");
    const element = document.getElementById(id);
    if (attribute) element?.setAttribute(attribute, text);
    else if (element?.firstChild) element.firstChild.data = text;
    else element?.append(text);
  }
};

/** Keeps the page as the server says that it is; a page that nobody sees lets go of its connection. */
export const followChanges = (address) => {
  const link = document.querySelector("#link");
  const from = new URL(address, location.href);
  const say = (word) => {
    if (link.textContent !== word) link.textContent = word;
  };
  let source;
  let isOver = false;

  const open = () => {
    source = new EventSource(from);
    source.addEventListener("open", () => say("live"));
    source.addEventListener("error", () => say("not connected"));
    source.addEventListener("change", ({ data, lastEventId }) => {
      const change = JSON.parse(data);
      showParts(change.parts);
      showValues(change.values);
      from.searchParams.set("since", lastEventId);
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
    if (!document.hidden && !isOver && source === undefined) open();
  });
  if (!document.hidden) open();
};
