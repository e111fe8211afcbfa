// What both pages need to show text. Nothing here ever reads text as HTML.

export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

/** Write a value as JSON, with the spaces that make it easy to read. */
export function show(value) {
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "nothing";
  const members = Object.keys(value).sort().map((name) => `"${name}": ${show(value[name])}`);
  return `{${members.join(", ")}}`;
}
