// The form: from its fields to a run, and back.

const LISTS = ["allow_headers", "expose_headers"];

/** Read the form as the server takes it. */
export function readForm(form) {
  const field = (name) => form.elements[name].value;
  const policy = {
    allow_origins: list(field("allow_origins")),
    allow_credentials: form.elements.allow_credentials.checked,
    accept_risks: risks(form).filter((box) => box.checked).map((box) => box.value),
  };
  for (const name of LISTS) policy[name] = list(field(name));
  // An empty field leaves these settings out.
  if (field("allow_methods").trim()) policy.allow_methods = list(field("allow_methods"));
  if (field("max_age").trim()) policy.max_age = number(field("max_age").trim());
  return {
    path: field("path"),
    request: {
      page: field("origin"),
      method: field("method"),
      headers: lines(field("headers")).map(header),
      credentials: field("credentials"),
      mode: field("mode"),
      redirect: field("redirect"),
    },
    policy,
  };
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

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

const list = (text) => text.split(/[\n,]/).map((name) => name.trim()).filter(Boolean);

/** A whole number as a number; anything else as it is, for the server to say what is wrong. */
const number = (text) => (/^-?\d+$/.test(text) ? Number(text) : text);

function header(line) {
  const colon = line.indexOf(":");
  return colon < 0 ? [line, ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
