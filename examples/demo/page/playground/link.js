// The form as a link: the part of the URL after "#" has the values of its fields by name.

import { TEXTS } from "./form.js";

/** The fields, in the order of a link. */
const FIELDS = [...TEXTS, "allow_credentials", "accept_risks"];

/** Escapes of ":", "/" and ",", which this part of a URL does not need. */
const NEEDLESS = /%(3A|2F|2C)/g;

const MOST = 100;

/** Write values of the form as a link; empty fields are left out. */
export function toLink(values) {
  const texts = FIELDS.map((name) => [name, values[name] === false ? "" : String(values[name])]);
  const given = new URLSearchParams(texts.filter(([, text]) => text));
  return String(given).replace(NEEDLESS, decodeURIComponent);
}

/**
 * Read the values of the form from a link; sentences say what the form does not have.
 *
 * A link can come from anyone. Names that are not fields are not used, and a menu or a group of boxes
 * gets only a value that it offers.
 */
export function fromLink(form, link) {
  const given = new URLSearchParams(link);
  const strange = [...new Set(given.keys())].filter((name) => !FIELDS.includes(name));
  const notes = strange.map((name) =>
    name === "scenario"
      ? `There is no scenario ${clip(given.get(name))}.`
      : `The form has no field ${clip(name)}; it is left out.`,
  );
  const values = {};
  for (const name of FIELDS) {
    const text = given.get(name) ?? "";
    if (offers(form, name, text)) values[name] = VALUES[name]?.(text) ?? text;
    else if (text) notes.push(`${name} cannot be ${clip(text)} here; the form has its default.`);
  }
  return { values, notes };
}

const VALUES = {
  allow_credentials: (text) => text === "true",
  accept_risks: (text) => text.split(",").filter(Boolean),
};

/** Whether a field can have the value that a link has for it. */
function offers(form, name, text) {
  const options = form.elements[name].options ?? (name === "accept_risks" && form.elements[name]);
  const texts = name === "accept_risks" ? VALUES[name](text) : [text];
  return !options || texts.every((wanted) => [...options].some(({ value }) => value === wanted));
}

const clip = (text) => (text.length > MOST ? `${text.slice(0, MOST)}…` : text);
