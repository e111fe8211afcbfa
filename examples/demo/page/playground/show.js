// Shows the result of a run on the page.

import { make } from "../dom.js";
import { drawDiagram } from "./diagram.js";
import { showEngines } from "./engines.js";

const OLD = "This result is of the settings before your change.";

const place = (id) => document.getElementById(id);

/** Show a verdict; the state is waiting, running, ok, differs or invalid. */
export function tell(text, state) {
  place("verdict").textContent = text;
  place("result").dataset.state = state;
}

/** Say that the result is of other settings than the form has now, or no longer say so. */
export function showAge(isOld) {
  place("result").dataset.old = isOld;
  place("old").textContent = isOld ? OLD : "";
  place("again").hidden = !isOld;
}

/** Show that a run failed, without a result. */
export function showFailure(error) {
  tell(`The playground itself failed: ${error.message}`, "differs");
  place("outcome").hidden = true;
  place("faults").hidden = true;
}

/** Show a prediction and an outcome, and whether they agree. */
export function showResult(result, page, api) {
  const { prediction, actual, differences } = result;
  const agree = !differences.length;
  const outcome = actual.outcome === "allowed" ? "Allowed" : "Blocked";
  tell(agree ? `${outcome}, as predicted` : "The outcome differs", agree ? "ok" : "differs");
  place("result").dataset.outcome = actual.outcome;
  place("faults").hidden = true;
  place("outcome").hidden = false;
  place("differences").replaceChildren(...differences.map((text) => make("li", "", text)));
  showEngines(place("engines"), place("engines-summary"), result);
  place("reads").replaceChildren(...readsOf(actual));
  drawDiagram(place("diagram"), actual, page, api);
  place("because").replaceChildren(...because(prediction));
  place("source").textContent = result.source;
  place("notes").replaceChildren(
    ...result.notes.map(({ setting, message }) => item(setting, message)),
  );
}

/** Show the problems of a policy, in one list and at each field. */
export function showProblems(form, problems) {
  for (const list of form.querySelectorAll(".problems")) {
    const setting = list.id.replace("-problems", "");
    const own = problems.filter((problem) => problem.setting === setting);
    list.replaceChildren(...own.map(({ message }) => make("li", "", message)));
    form.elements[setting]?.setAttribute?.("aria-invalid", String(own.length > 0));
    if (own.length && list.closest("details")) list.closest("details").open = true;
  }
  if (!problems.length) return;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  tell(`This policy cannot work: ${count}`, "invalid");
  place("outcome").hidden = true;
  place("faults").hidden = false;
  place("all-problems").replaceChildren(
    ...problems.map(({ setting, message }) => item(setting, message)),
  );
}

function item(setting, message) {
  const entry = make("li");
  entry.append(make("code", "", setting), " ", message);
  return entry;
}

/** Return what JavaScript could read, in rows. */
function readsOf({ reads: { error, type, status, body, headers } }) {
  return Object.entries({ error, type, status, body, ...headers })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const row = make("div");
      row.append(make("dt", "", name), make("dd", "", String(value).trim() || "empty"));
      return row;
    });
}

function because({ because, fault }) {
  const list = make("dl", "fault");
  for (const [name, value] of fault) {
    list.append(make("dt", "", name), make("dd", "", value));
  }
  return [...because.map((text) => make("p", "", text)), list];
}
