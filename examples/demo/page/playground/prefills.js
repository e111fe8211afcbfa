// The scenarios of the other page, as settings of the form.

const JSON_TYPE = "Content-Type: application/json";
const ELSEWHERE = "https://elsewhere.example";

const usual = (page) => ({
  origin: page,
  method: "GET",
  path: "/items/",
  headers: "",
  credentials: "same-origin",
  mode: "cors",
  redirect: "follow",
  allow_origins: page,
  allow_methods: "",
  allow_headers: "Content-Type",
  expose_headers: "",
  allow_credentials: true,
  credentials_origins: "",
  max_age: "",
  accept_risks: [],
});

const everybody = { allow_origins: "*", allow_credentials: false };
const others = { allow_origins: ELSEWHERE, allow_credentials: false };
const file = { allow_credentials: false };
const put = { method: "PUT", headers: JSON_TYPE };

const changes = {
  simple: everybody,
  preflighted: {
    method: "POST",
    headers: "Content-Type: text/xml\nX-PINGOTHER: pingpong",
    allow_headers: "Content-Type, X-PINGOTHER",
  },
  credentials: { credentials: "include" },
  "exposed-headers": { ...everybody, expose_headers: "X-Total-Count" },
  "max-age": { ...put, max_age: "600" },
  "wildcard-credentials": { ...everybody, credentials: "include" },
  "refused-origin": others,
  "refused-method": { method: "DELETE", allow_methods: "GET, POST" },
  "refused-header": { method: "POST", headers: "X-Debug: 1", allow_methods: "GET, POST" },
  "two-policies-ours": { ...put, credentials: "include" },
  "two-policies-theirs": { ...others, ...put },
  redirect: { ...put, path: "/items" },
  errors: { path: "/taken" },
  "font-allowed": file,
  "font-refused": others,
  "image-allowed": file,
  "image-refused": others,
  "shape-allowed": file,
  "shape-refused": others,
  "texture-allowed": file,
  "texture-refused": others,
};

/** Return the settings of a scenario; without one, those that the form begins with. */
export function prefill(scenario, page) {
  return { ...usual(page), ...(changes[scenario] ?? { ...put, allow_credentials: false }) };
}
