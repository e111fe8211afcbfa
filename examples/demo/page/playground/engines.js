// What became of the request in this browser, beside what the three engines are predicted to do.

import { make, show } from "../dom.js";
import { sequence } from "./sequence.js";

const NAMES = { chromium: "Chromium", firefox: "Firefox", webkit: "WebKit" };

const UNREADABLE = "JavaScript cannot read it; open the developer tools.";
const UNPRINTED = "It prints nothing, or its words are not known.";

/** Fill in the table, and the sentence above it. */
export function showEngines(table, sentence, { actual, engines, profile }) {
  sentence.textContent = compare(Object.entries(engines));
  const rows = Object.entries(engines).map(([name, predicted]) => {
    const note = name === profile ? "predicted, this browser’s engine" : "predicted";
    return row(name, [NAMES[name], note], predicted, actual, predicted.console || UNPRINTED);
  });
  const own = row("actual", ["This browser", "the real request"], actual, actual, UNREADABLE);
  table.tBodies[0].replaceChildren(own, ...rows);
}

/** Say whether the engines are predicted to do the same, and if not, in what they differ. */
function compare(engines) {
  const differ = (what) => new Set(engines.map(([, result]) => show(what(result)))).size > 1;
  const enginesWith = (wanted) =>
    engines.filter(([, { outcome }]) => outcome === wanted).map(([name]) => NAMES[name]);
  if (differ(({ outcome }) => outcome)) {
    const [allow, block] = [enginesWith("allowed"), enginesWith("blocked")];
    return `The engines differ: ${verb(allow, "allow")} the request, ${verb(block, "block")} it.`;
  }
  if (differ(({ exchanges }) => exchanges)) return "The engines differ in what they send.";
  if (differ(({ reads }) => reads)) return "The engines differ in what JavaScript can read.";
  return "The three engines do the same.";
}

const verb = (names, does) => `${names.join(" and ")} ${does}${names.length > 1 ? "" : "s"}`;

function row(id, [name, note], result, actual, printed) {
  const { outcome, step, exchanges } = result;
  const added = make("tr");
  added.dataset.engine = id;
  const heading = make("th", "", name);
  heading.scope = "row";
  heading.append(make("span", "hint", note));
  const verdict = cell("outcome", outcome === actual.outcome, make("span", `tag ${outcome}`, outcome));
  if (step) verdict.append(make("span", "hint", step));
  const isSame = show(lines(exchanges)) === show(lines(actual.exchanges));
  const sent = cell("requests", isSame, sequence(exchanges));
  const isKnown = printed !== UNREADABLE && printed !== UNPRINTED;
  const says = make(isKnown ? "code" : "span", isKnown ? "" : "hint", printed);
  added.append(heading, verdict, sent, cell("console", true, ...(outcome === "blocked" ? [says] : [])));
  return added;
}

const lines = (exchanges) => exchanges.map(({ method, path, status }) => [method, path, parseInt(status)]);

/** A cell of the table; `isSame` says whether it has what happened in this browser. */
function cell(column, isSame, ...content) {
  const made = make("td", isSame ? "" : "other");
  made.dataset.column = column;
  made.append(...content);
  if (!isSame) made.append(make("span", "differing", "differs"));
  return made;
}
