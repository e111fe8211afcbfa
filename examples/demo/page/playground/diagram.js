// The requests and responses as a sequence diagram: two lifelines, and an arrow for each message.
//
// It is drawn for the available width, so that its text is as large on a phone as elsewhere.

const SVG = "http://www.w3.org/2000/svg";

/** In pixels: the height of a line, the width of a letter, and the margin beside a lifeline. */
const LINE = 18;
const LETTER = 6.9;
const MARGIN = 14;

/** The indent of a line that continues the one before. */
const INDENT = "  ";

/** Headers that are shown; those of the form are shown too. */
const CORS = /^(access-control-|origin$|cookie$|vary$|location$)/i;

const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => target.redraw()));

/** Draw the exchanges of an outcome, again whenever the width changes. */
export function drawDiagram(place, outcome, page, api) {
  let drawn = 0;
  place.redraw = () => {
    const width = Math.floor(place.clientWidth);
    if (!width || width === drawn) return;
    drawn = width;
    place.replaceChildren(draw(outcome, page, api, width));
  };
  place.redraw();
  observer.observe(place);
}

function draw({ exchanges, outcome, reads }, page, api, width) {
  const svg = element("svg", {
    role: "img",
    "aria-labelledby": "diagram-title",
    "aria-describedby": "diagram-desc",
  });
  const [left, right] = [MARGIN, width - MARGIN];
  const body = element("g");
  let y = ends(svg, page, api, left, right);
  const top = y;
  for (const exchange of exchanges) {
    y = arrow(body, y + LINE, left, right, request(exchange));
    y = arrow(body, y + LINE * 0.5, right, left, answer(exchange));
  }
  y = end(body, y + LINE, left, outcome, exchanges.length, reads);
  for (const x of [left, right]) {
    svg.append(element("line", { class: "lifeline", x1: x, x2: x, y1: top, y2: y }));
  }
  svg.append(body);
  svg.prepend(
    named("title", "diagram-title", "Requests and responses"),
    named("desc", "diagram-desc", inWords(exchanges, outcome, page, api)),
  );
  const height = y + LINE * 0.5;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  return svg;
}

/** Draw the names of both ends; return where the lifelines begin. */
function ends(svg, page, api, left, right) {
  const columns = Math.floor((right - left) / 2 / LETTER) + 1;
  svg.append(
    text("end", left - MARGIN, LINE, "Page"),
    text("header", left - MARGIN, LINE * 2, clip(page, columns)),
    text("end", right + MARGIN, LINE, "API", "end"),
    text("header", right + MARGIN, LINE * 2, clip(api, columns), "end"),
  );
  return LINE * 2.6;
}

const isPreflight = ({ asked }) =>
  asked.some(([name]) => name.toLowerCase() === "access-control-request-method");

const request = (exchange) => ({
  kind: isPreflight(exchange) ? "preflight" : "request",
  label: `${exchange.method} ${exchange.path}`,
  tag: isPreflight(exchange) ? "preflight" : "",
  headers: exchange.asked
    .filter(([name]) => CORS.test(name) || /^(x-|content-type$)/i.test(name))
    .sort(([name], [other]) => /^origin$/i.test(other) - /^origin$/i.test(name)),
});

const answer = (exchange) => ({
  kind: isPreflight(exchange) ? "preflight" : "request",
  label: exchange.status,
  tag: "",
  headers: exchange.answered.filter(([name]) => CORS.test(name)),
});

/** Draw a message from x1 to x2 with its headers below; return where it ends. */
function arrow(body, y, x1, x2, { kind, label, tag, headers }) {
  const towards = Math.sign(x2 - x1);
  const group = element("g", { class: `message ${kind}` });
  const inner = Math.min(x1, x2) + MARGIN;
  const columns = Math.floor((Math.abs(x2 - x1) - 2 * MARGIN) / LETTER);
  const anchor = towards > 0 ? "start" : "end";
  const at = towards > 0 ? inner : Math.max(x1, x2) - MARGIN;
  const title = text("label", at, y, clip(label, columns - tag.length - 2), anchor);
  if (tag) title.append(span("kind", `  ${tag}`));
  const tip = y + LINE * 0.5;
  const barb = `M${x2 - 8 * towards} ${tip - 5}L${x2} ${tip}L${x2 - 8 * towards} ${tip + 5}`;
  group.append(
    title,
    element("line", { class: "shaft", x1, x2: x2 - towards, y1: tip, y2: tip }),
    element("path", { class: "barb", d: barb }),
  );
  let below = tip + LINE;
  for (const [name, value] of headers) {
    const className = /^(access-control-|origin$)/i.test(name) ? "header cors" : "header";
    for (const line of wrap(`${name}: ${value}`, columns)) {
      group.append(text(className, at, below, line, anchor));
      below += LINE;
    }
  }
  body.append(group);
  return below;
}

/** Draw the outcome at the lifeline of the page. */
function end(body, y, left, outcome, count, reads) {
  const marks = {
    allowed: `M${left - 5} ${y - 4}l4 4l7 -9`,
    blocked: `M${left - 5} ${y - 9}l10 10m0 -10l-10 10`,
  };
  const group = element("g", { class: `ending ${outcome}` });
  group.append(
    element("circle", { cx: left, cy: y - 4, r: 11 }),
    element("path", { d: marks[outcome] }),
    text("label", left + MARGIN + 6, y, resultOf(outcome, count, reads)),
  );
  body.append(group);
  return y + LINE * 0.5;
}

function resultOf(outcome, count, { type, status }) {
  if (outcome === "blocked") return count ? "JavaScript gets a TypeError" : "TypeError; nothing was sent";
  return type.startsWith("opaque") ? "opaque response" : `JavaScript gets status ${status}`;
}

/** Describe the diagram in words, for screen readers. */
function inWords(exchanges, outcome, page, api) {
  const messages = exchanges.map((exchange) => {
    const kind = isPreflight(exchange) ? "preflight" : "request";
    return `${kind} ${exchange.method} ${exchange.path}, response ${exchange.status}`;
  });
  const sent = messages.join("; ") || "nothing was sent";
  return `From ${page} to ${api}: ${sent}. The response is ${outcome}.`;
}

const clip = (words, columns) =>
  words.length > columns ? `${words.slice(0, Math.max(columns - 1, 1))}…` : words;

/** Break a line that is too long, at a space if there is one. */
function wrap(line, columns) {
  const lines = [];
  let rest = line;
  while (rest.length > columns) {
    const space = rest.lastIndexOf(" ", columns);
    const cut = space > INDENT.length ? space + 1 : columns;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = INDENT + rest.slice(cut);
  }
  return [...lines, rest];
}

function element(tag, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function named(tag, id, words) {
  const made = element(tag, { id });
  made.textContent = words;
  return made;
}

function text(className, x, y, words, anchor = "start") {
  const made = element("text", { class: className, x, y, "text-anchor": anchor });
  made.textContent = words;
  return made;
}

function span(className, words) {
  const made = element("tspan", { class: className });
  made.textContent = words;
  return made;
}
