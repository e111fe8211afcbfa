// From what the form says to what came of it: predict, ask, compare.

import { show } from "../dom.js";

/** Headers that a gateway adds, and no application: a prediction cannot know them. */
const GATEWAY = ["connection", "date", "server"];

/** What of a request depends on CORS, and so can be predicted. */
const PREDICTED = ["access-control-request-method", "access-control-request-headers", "cookie"];

/** Predict and make one request; or return the problems of a policy that cannot be. */
export async function run(settings, frames) {
  const response = await fetch("/playground/runs", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...settings, profile: profile() }),
  });
  if (!response.ok && response.status !== 422) throw new Error(await response.text());
  const answer = await response.json();
  if (answer.problems) return answer;

  const actual = await ask(frames.get(settings.request.page), answer.url, answer.options);
  for (const name of GATEWAY) delete actual.reads.headers?.[name];
  actual.exchanges = await (await fetch(`/playground/wire${answer.prefix}`)).json();
  const differences = compare(answer.prediction, actual, predictedNames(settings.request));
  return without(answer.prefix, { ...answer, actual, differences });
}

/** Leave out what every URL begins with: it only keeps the runs apart. */
const without = (prefix, result) => JSON.parse(JSON.stringify(result).replaceAll(prefix, ""));

/** Chromium departs from the standard here and there, and the prediction knows how. */
function profile() {
  return /Chrom(e|ium)\//.test(navigator.userAgent) ? "chromium" : "fetch";
}

/** Open one frame for each origin; it goes on asking for as long as the page is open. */
export async function openFrames(choices, place) {
  const frames = new Map();
  const loading = choices.map(({ origin, frame }) => {
    const element = document.createElement("iframe");
    if (origin === "null") element.sandbox = "allow-scripts";
    element.title = `A page of ${origin}`;
    element.src = frame;
    frames.set(origin, element);
    const loaded = new Promise((resolve) => element.addEventListener("load", resolve));
    place.append(element);
    return loaded;
  });
  await Promise.all(loading);
  return frames;
}

function ask(frame, url, options) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      port1.close();
      resolve(data);
    };
    // A sandboxed frame has no origin to name; what is sent is no secret.
    frame.contentWindow.postMessage({ url, options }, "*", [port2]);
  });
}

/**
 * Without CORS, Chromium tells a frame's origin by rules of its own: it does to the site of the page
 * that holds the frame (Storage Access Headers). A page that is no frame is what is predicted.
 */
const predictedNames = ({ mode }) => (mode === "no-cors" ? PREDICTED : ["origin", ...PREDICTED]);

/**
 * Say in words where the browser and the prediction differ.
 *
 * @param names the request headers to compare, in lower case
 */
function compare(predicted, actual, names) {
  const differences = [];
  const check = (what, wanted, got) => {
    if (show(wanted) !== show(got)) {
      differences.push(`${what}: predicted ${show(wanted)}, and it was ${show(got)}`);
    }
  };
  check("outcome", predicted.outcome, actual.outcome);
  check("script reads", predicted.reads, actual.reads);
  const lines = (outcome) => outcome.exchanges.map((exchange) => line(exchange, names));
  check("on the wire", lines(predicted), lines(actual));
  return differences;
}

const line = ({ method, path, status, asked }, names) => [
  `${method} ${path} ${status.split(" ")[0]}`,
  ...asked
    .map(([name, value]) => [name.toLowerCase(), value])
    .filter(([name]) => names.includes(name))
    .map(([name, value]) => `${name}: ${value}`)
    .sort(),
];
