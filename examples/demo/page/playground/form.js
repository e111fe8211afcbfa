// The form: from its fields to a run, and back.

const LISTS = ["allow_origins", "allow_headers", "expose_headers"];

/** The names of the fields whose values are texts. */
export const TEXTS = [
  ...["origin", "method", "path", "headers", "credentials", "mode", "redirect"],
  ...["allow_origins", "allow_methods", "allow_headers", "expose_headers", "max_age"],
  "credentials_origins",
];

/** Read the values of the fields as they are; `fillForm` puts them back. */
export function readValues(form) {
  return {
    ...Object.fromEntries(TEXTS.map((name) => [name, form.elements[name].value])),
    allow_credentials: form.elements.allow_credentials.checked,
    accept_risks: risks(form).filter((box) => box.checked).map((box) => box.value),
  };
}

/** Read the fields into which people type: those that are not menus. */
export function readTyped(form) {
  const typed = TEXTS.filter((name) => !form.elements[name].options);
  return Object.fromEntries(typed.map((name) => [name, form.elements[name].value]));
}

/** Read the form as the server takes it. */
export function readForm(form) {
  const { path, origin, method, headers, credentials, mode, redirect, ...settings } =
    readValues(form);
  const { allow_methods, max_age, credentials_origins, ...policy } = settings;
  for (const name of LISTS) policy[name] = list(policy[name]);
  // An empty field leaves these settings out.
  if (credentials_origins.trim()) policy.allow_credentials = list(credentials_origins);
  if (allow_methods.trim()) policy.allow_methods = list(allow_methods);
  if (max_age.trim()) policy.max_age = number(max_age.trim());
  const lines = split(headers).map(header);
  return { path, request: { page: origin, method, headers: lines, credentials, mode, redirect }, policy };
}

/** Put values into the fields of these names. */
export function fillForm(form, values) {
  for (const [name, value] of Object.entries(values)) {
    if (name === "accept_risks") {
      for (const box of risks(form)) box.checked = value.includes(box.value);
    } else if (typeof value === "boolean") {
      form.elements[name].checked = value;
    } else {
      form.elements[name].value = value;
    }
  }
  for (const details of form.querySelectorAll("details")) {
    const changed = [...details.querySelectorAll("select, input")].some(
      (field) => field.checked || field.selectedIndex > 0,
    );
    details.open ||= changed;
  }
}

const risks = (form) => [...form.querySelectorAll("#risks input")];

const split = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

const list = (text) => text.split(/[\n,]/).map((name) => name.trim()).filter(Boolean);

/** A whole number as a number; anything else as it is, for the server to say what is wrong. */
const number = (text) => (/^-?\d+$/.test(text) ? Number(text) : text);

function header(line) {
  const colon = line.indexOf(":");
  return colon < 0 ? [line, ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
