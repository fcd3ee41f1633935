/** Makes the attributes of an element those of another. */
const morphAttributes = (from, to) => {
  for (const name of from.getAttributeNames()) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
};

const areAlike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName;

/**
 * Makes the children of a node those of another with as few changes as can be, so that focus, selection and scrolling stay where
 * they are, and a screen reader reads only what is new.
 */
export const morphChildren = (from, to) => {
  const wanted = [...to.childNodes];
  wanted.forEach((node, index) => {
    const present = from.childNodes[index];
    if (present === undefined) from.append(node);
    else if (!areAlike(present, node)) present.replaceWith(node);
    else if (node.nodeType === Node.ELEMENT_NODE) {
      morphAttributes(present, node);
      morphChildren(present, node);
    } else if (present.data !== node.data) present.data = node.data;
  });
  while (from.childNodes.length > wanted.length) from.lastChild.remove();
};
