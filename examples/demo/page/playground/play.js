// The page of the playground: the form and the result.

import { make } from "../dom.js";
import { fillForm, readForm } from "./form.js";
import { prefill } from "./prefills.js";
import { openFrames, run } from "./run.js";
import { showProblems, showResult, tell } from "./show.js";

const form = document.getElementById("form");
const config = await (await fetch("config.json")).json();

/** The number of the latest run. */
let latest = 0;

/**
 * Run what the form says, and return the result.
 *
 * Only the latest run shows its result. `data-run` and `data-done` on the root element are the
 * numbers of the latest run that was started and of the latest one that is shown.
 */
export async function submit() {
  const number = ++latest;
  const { dataset } = document.documentElement;
  dataset.run = number;
  const settings = readForm(form);
  tell("Running", "running");
  showProblems(form, []);
  const result = await run(settings, frames).catch((error) => ({ error }));
  if (number === latest) {
    showRun(result, settings.request.page);
    dataset.done = number;
  }
  return result;
}

function showRun(result, page) {
  if (result.error) tell(`The playground itself failed: ${result.error.message}`, "differs");
  else if (result.problems) showProblems(form, result.problems);
  else showResult(result, page, config.api);
}

/** Fill in the form; fields that are not named keep their values. */
export function fill(values) {
  fillForm(form, values);
}

function build() {
  const choices = config.origins.map(({ origin, says }) => option(origin, `${origin} (${says})`));
  form.elements.origin.append(...choices);
  form.elements.path.append(
    ...config.paths.map(([path, says]) => option(path, `${path} (${says})`)),
  );
  document.getElementById("methods").append(...config.methods.map((name) => option(name)));
  document.getElementById("risks").append(...config.risks.map(riskBox));
}

function option(value, text = value) {
  const element = make("option", "", text);
  element.value = value;
  return element;
}

function riskBox([code, says]) {
  const label = make("label", "tick");
  const box = make("input");
  box.type = "checkbox";
  box.name = "accept_risks";
  box.value = code;
  const text = make("span");
  text.append(make("code", "", code), " ", make("span", "hint", says));
  label.append(box, text);
  return label;
}

async function copySource() {
  const button = document.getElementById("copy");
  await navigator.clipboard.writeText(document.getElementById("source").textContent);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

/** Run the scenario that the URL names, or the default one. */
async function start() {
  const { scenario } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  fill(prefill(scenario, config.origins[0].origin));
  await submit();
}

build();
const frames = await openFrames(config.origins, document.getElementById("frames"));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await submit();
  document.getElementById("verdict").focus();
});
// In a text area Enter starts a new line, and Ctrl+Enter submits.
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey) form.requestSubmit();
});
document.getElementById("copy").addEventListener("click", copySource);
addEventListener("hashchange", start);
await start();
