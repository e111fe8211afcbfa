// The page of the playground: the form and the result.

import { make } from "../dom.js";
import { fillForm, readForm, readTyped, readValues } from "./form.js";
import { fromLink, toLink } from "./link.js";
import { fillMenu, isScenario } from "./menu.js";
import { readText, showNotes } from "./paste.js";
import { prefill } from "./prefills.js";
import { openFrames, run } from "./run.js";
import { showAge, showFailure, showProblems, showResult, tell } from "./show.js";

const place = (id) => document.getElementById(id);
const form = place("form");
const menu = place("scenario");
const config = await (await fetch("config.json")).json();

/** The number of the latest run. */
let latest = 0;

/** The settings of the result that is shown, as text. */
let shown = "";

/** The scenario that the form was filled in from, and its settings as text. */
let chosen = { id: "", settings: "" };

/** The link to the result that is shown, the part of the URL after "#"; empty if there is none. */
let link = "";

/** The names of the fields and headers whose secrets the link does not have. */
let left = [];

const current = () => JSON.stringify(readForm(form));

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
  const values = readValues(form);
  const scenario = menu.value;
  shown = "";
  showAge(false);
  place("copied").textContent = "";
  tell("Running", "running");
  showProblems(form, []);
  const result = await run(settings, readTyped(form), frames).catch((error) => ({ error }));
  if (number === latest) {
    showRun(result, settings.request.page);
    shown = JSON.stringify(settings);
    setLink(scenario, values, result.link);
    update();
    dataset.done = number;
  }
  return result;
}

function showRun(result, page) {
  if (result.error) showFailure(result.error);
  else if (result.problems) showProblems(form, result.problems);
  else showResult(result, page, config.api);
}

/**
 * Show the link in the address bar, and let people copy it; the server has replaced the secrets.
 *
 * @param safe the answer of the server; nothing if the run failed, which has no link
 */
function setLink(scenario, values, safe) {
  place("copy-link").hidden = !safe;
  link = "";
  if (!safe) return;
  link = scenario ? `scenario=${scenario}` : toLink({ ...values, ...safe.texts });
  left = scenario ? [] : safe.secrets;
  if (location.hash === `#${link}`) return;
  try {
    history.replaceState(null, "", `#${link}`);
  } catch {
    // WebKit limits how often a page does this; the next run shows its link again.
  }
}

/** Say whether the result is of other settings than the form has now, and which scenario these are. */
function update() {
  const settings = current();
  showAge(shown && shown !== settings);
  menu.value = settings === chosen.settings ? chosen.id : "";
  place("back").hash = chosen.id;
}

/** Fill in the form; fields that are not named keep their values. */
export function fill(values) {
  fillForm(form, values);
  update();
}

/** Fill in the form with a scenario, or with what it begins with. */
function choose(id) {
  fill(prefill(id, config.origins[0].origin));
  chosen = { id, settings: current() };
  update();
}

/** Fill in the form as the URL says. */
function open() {
  const text = location.hash.slice(1);
  const id = new URLSearchParams(text).get("scenario");
  choose(isScenario(id) ? id : "");
  const { values, notes } = isScenario(id) || !text ? { notes: [] } : fromLink(form, text);
  if (values) fill(values);
  showNotes(notes);
}

function build() {
  fillMenu(menu);
  const choices = config.origins.map(({ origin, says }) => option(origin, `${origin} (${says})`));
  form.elements.origin.append(...choices);
  form.elements.path.append(
    ...config.paths.map(([path, says]) => option(path, `${path} (${says})`)),
  );
  place("methods").append(...config.methods.map((name) => option(name)));
  place("risks").append(...config.risks.map(riskBox));
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

/** Copy a text, and say so on the button for a moment and in the status line. */
async function copy(button, text, words) {
  const label = button.textContent;
  const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
  place("copied").textContent = done ? words : "This browser does not let the page copy.";
  if (!done) return;
  button.textContent = "Copied";
  button.disabled = true;
  setTimeout(() => {
    button.textContent = label;
    button.disabled = false;
  }, 2000);
}

function copyLink() {
  const url = `${location.origin}${location.pathname}#${link}`;
  const note = left.length ? ` Secrets are left out of it: ${left.join(", ")}.` : "";
  return copy(place("copy-link"), url, `Link to this result copied.${note}`);
}

function listen() {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await submit();
    place("verdict").focus();
  });
  form.addEventListener("input", update);
  menu.addEventListener("change", async () => {
    choose(menu.value);
    showNotes([]);
    await submit();
  });
  place("paste").addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = await readText(current);
    if (!values) return;
    fill(values);
    place("read").focus();
    await submit();
  });
  // In a text area Enter starts a new line.
  addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    (event.target.form === place("paste") ? place("paste") : form).requestSubmit();
  });
  place("copy").addEventListener("click", ({ currentTarget }) =>
    copy(currentTarget, place("source").textContent, "Source copied."),
  );
  place("copy-link").addEventListener("click", copyLink);
  addEventListener("hashchange", () => {
    open();
    submit();
  });
}

build();
const frames = await openFrames(config.origins, place("frames"));
listen();
open();
await submit();
