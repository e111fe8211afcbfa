// The field into which people paste: the server reads the text, and the form gets what it names.

import { make } from "../dom.js";

const place = (id) => document.getElementById(id);

/**
 * Have the text read, and return the values of the form that it names, if it can be read.
 *
 * What the text became is shown in sentences, and what is wrong with it at the field.
 */
export async function readText() {
  const text = place("text");
  const answer = await send(text.value).catch(({ message }) => ({ problem: message }));
  const problem = answer.problem ?? "";
  place("text-problem").textContent = problem;
  text.setAttribute("aria-invalid", String(Boolean(problem)));
  showNotes(answer.notes ?? []);
  if (problem) text.focus();
  return answer.values;
}

async function send(text) {
  const response = await fetch("/playground/texts", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text }),
  });
  return response.json();
}

/** Show what became of a text or of a link. */
export function showNotes(notes) {
  place("read").replaceChildren(...notes.map((note) => make("li", "", note)));
}
