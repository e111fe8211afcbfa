// The page: a form, and what came of it.

import { make } from "../dom.js";
import { fillForm, readForm } from "./form.js";
import { prefill } from "./prefills.js";
import { openFrames, run } from "./run.js";
import { showProblems, showResult, tell } from "./show.js";

const form = document.getElementById("form");
const config = await (await fetch("config.json")).json();

/** Do what the form says. The result is shown and returned. */
export async function submit() {
  const settings = readForm(form);
  tell("Asking", "running");
  showProblems(form, []);
  const result = await run(settings, frames);
  if (result.problems) showProblems(form, result.problems);
  else showResult(result, settings.request.page, config.api);
  return result;
}

/** Fill the form; what is not named keeps its value. */
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

/** Submit, one at a time, and say so where the playground itself fails. */
async function submitOnce() {
  const button = document.getElementById("go");
  button.disabled = true;
  delete document.documentElement.dataset.done;
  try {
    await submit();
  } catch (error) {
    tell(`The playground itself failed: ${error.message}`, "differs");
  }
  button.disabled = false;
  document.documentElement.dataset.done = "true";
}

async function copySource() {
  const button = document.getElementById("copy");
  await navigator.clipboard.writeText(document.getElementById("source").textContent);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

/** Begin with the scenario that the address names, or with one of our own. */
async function start() {
  const { scenario } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  fill(prefill(scenario, config.origins[0].origin));
  await submitOnce();
}

build();
const frames = await openFrames(config.origins, document.getElementById("frames"));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await submitOnce();
  document.getElementById("verdict").focus();
});
// Enter is a new line in a text area; with Ctrl it submits there too.
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey) form.requestSubmit();
});
document.getElementById("copy").addEventListener("click", copySource);
addEventListener("hashchange", start);
await start();
