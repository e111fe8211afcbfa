// The field into which people paste: the server reads the text, and the form gets what it names.

import { make } from "../dom.js";
import { call } from "./server.js";

const CHANGED =
  "The form was changed while the text was read, so it stays as it is. To use the text, press " +
  "Fill in again.";

const place = (id) => document.getElementById(id);

/** The number of the latest text. */
let latest = 0;

/**
 * Have the text read, and return the values of the form that it names, if it can be read.
 *
 * What the text became is shown in sentences, and what is wrong with it at the field. Only the latest
 * text is used, and only if the form has not changed in the meantime.
 *
 * @param current returns the settings of the form
 */
export async function readText(current) {
  const text = place("text");
  const number = ++latest;
  const before = current();
  const found = await call("/playground/texts", { text: text.value }).catch(({ message }) => ({
    problem: message,
  }));
  if (number !== latest) return undefined;
  const answer = found.problem || current() === before ? found : { notes: [CHANGED] };
  const problem = answer.problem ?? "";
  place("text-problem").textContent = problem;
  text.setAttribute("aria-invalid", String(Boolean(problem)));
  showNotes(answer.notes ?? []);
  if (problem) text.focus();
  return answer.values;
}

/** Show what became of a text or of a link. */
export function showNotes(notes) {
  place("read").replaceChildren(...notes.map((note) => make("li", "", note)));
}
