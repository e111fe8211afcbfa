// A run: predict the result, make the request, and compare.

import { show } from "../dom.js";
import { call } from "./server.js";

/** Headers that the gateway adds: a prediction cannot know them. */
const GATEWAY = ["connection", "date", "server"];

/** The request headers that depend on CORS, so that they can be predicted. */
const PREDICTED = ["access-control-request-method", "access-control-request-headers", "cookie"];

/**
 * Predict and make a request, or return the problems of an invalid policy.
 *
 * @param texts what people typed into fields, for the server to hide secrets in the link
 */
export async function run(settings, texts, frames) {
  const answer = await call("/playground/runs", { ...settings, texts, profile: profile() });
  if (answer.problems) return answer;

  const actual = await ask(frames.get(settings.request.page), answer.url, answer.options);
  for (const name of GATEWAY) delete actual.reads.headers?.[name];
  actual.exchanges = await call(`/playground/wire${answer.prefix}`);
  const differences = compare(answer.prediction, actual, predictedNames(settings.request));
  return without(answer.prefix, { ...answer, actual, differences, profile: profile() });
}

/** Remove the prefix of every URL: it only keeps the runs apart. */
const without = (prefix, result) => JSON.parse(JSON.stringify(result).replaceAll(prefix, ""));

/** The profile for the prediction: that of the browser's engine, if there is one. */
function profile() {
  const engines = { chromium: /Chrom(e|ium)\//, firefox: /Firefox\//, webkit: /AppleWebKit\// };
  const isThis = ([, pattern]) => pattern.test(navigator.userAgent);
  return Object.entries(engines).find(isThis)?.[0] ?? "fetch";
}

/** Open a frame for each origin; it makes the requests from that origin. */
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
    // A sandboxed frame has no origin to name; the message is not secret.
    frame.contentWindow.postMessage({ url, options }, "*", [port2]);
  });
}

/**
 * In mode no-cors, Chromium also sends a frame's origin to the site of the page that contains the
 * frame (Storage Access Headers). The prediction is for a page that is not in a frame.
 */
const predictedNames = ({ mode }) => (mode === "no-cors" ? PREDICTED : ["origin", ...PREDICTED]);

/**
 * List the differences between the browser and the prediction.
 *
 * @param names the request headers to compare, in lower case
 */
function compare(predicted, actual, names) {
  const differences = [];
  const check = (what, wanted, got) => {
    if (show(wanted) !== show(got)) {
      differences.push(`${what}: predicted ${show(wanted)}, got ${show(got)}`);
    }
  };
  check("outcome", predicted.outcome, actual.outcome);
  check("JavaScript reads", predicted.reads, actual.reads);
  const lines = (outcome) => outcome.exchanges.map((exchange) => line(exchange, names));
  check("requests and responses", lines(predicted), lines(actual));
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
