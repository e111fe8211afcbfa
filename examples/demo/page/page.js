// Runs every scenario, and shows the requests, the responses and what JavaScript could read.

import { make, show } from "./dom.js";
import { groups } from "./scenarios.js";

const scenarios = groups.flatMap((group) => group.scenarios);
const config = await (await fetch("/config.json")).json();

// ---- running

/** Run one step: the result of its request, with every exchange that it caused. */
async function runStep(step, scenario, run, stage, earlier) {
  const url = new URL(step.file ? config.files + step.file : config.api + step.request[0]);
  // The log of exchanges knows a scenario by these. They are left out wherever the page shows a URL.
  url.searchParams.set("scenario", scenario.id);
  url.searchParams.set("run", run);

  const result = { outcome: "allowed", reads: {}, message: "" };
  try {
    result.reads = await (step.run ?? fetchStep)({ url: url.href, stage, step });
  } catch (error) {
    result.outcome = error.name === "missing" ? "missing" : "blocked";
    result.reads = error.reads ?? { error: error.name };
    result.message = error.message;
  }
  const log = await fetch(`/wire?${new URLSearchParams({ scenario: scenario.id, run })}`);
  result.exchanges = (await log.json()).slice(earlier);
  result.wire = result.exchanges.map(
    ({ method, path, status }) => `${method} ${path} ${status.split(" ")[0]}`,
  );
  result.differences = compare(result, step.expected);
  return result;
}

async function fetchStep({ url, step }) {
  return step.read(await fetch(url, step.request[1]));
}

/** Say in words where a result is not what the table expects. */
function compare(result, expected) {
  const differences = [];
  const check = (what, actual, wanted) => {
    if (show(actual) !== show(wanted)) {
      differences.push(`${what}: expected ${show(wanted)}, got ${show(actual)}`);
    }
  };
  const isMissing = result.outcome === "missing";
  if (!isMissing) check("outcome", result.outcome, expected.outcome);
  check("on the wire", result.wire, expected.wire);
  for (const [name, wanted] of Object.entries(expected.answered ?? {})) {
    const lines = new Map(result.exchanges[0]?.answered);
    check(`answered ${name}`, lines.get(name) ?? null, wanted);
  }
  for (const [name, wanted] of Object.entries(isMissing ? {} : expected.reads)) {
    check(name, result.reads[name], wanted);
  }
  return differences;
}

async function runScenario(scenario, run) {
  const card = document.getElementById(scenario.id);
  setState(scenario.id, "running");
  const results = [];
  let earlier = 0;
  for (const [index, step] of scenario.steps.entries()) {
    const shown = card.querySelectorAll(".step")[index];
    const stage = shown.querySelector(".stage");
    stage.replaceChildren();
    const result = await runStep(step, scenario, run, stage, earlier);
    earlier += result.exchanges.length;
    showResult(shown, result);
    results.push(result);
  }
  card.dataset.outcome = results.map((result) => result.outcome).join(" ");
  card.dataset.ok = String(results.every((result) => !result.differences.length));
  setState(scenario.id, "finished");
  return card;
}

async function runAll() {
  const button = document.getElementById("again");
  button.disabled = true;
  delete document.documentElement.dataset.done;
  document.getElementById("meaning").textContent = "";
  // A run of its own per attempt: the browser remembers preflights by URL.
  const run = Math.random().toString(36).slice(2);
  for (const { id } of scenarios) setState(id, "waiting");
  const all = scenarios.length;
  const outcomes = [];
  let expected = 0;
  let missing = 0;
  for (const [index, scenario] of scenarios.entries()) {
    tell(`Running scenario ${index + 1} of ${all}`, "running");
    const card = await runScenario(scenario, run);
    outcomes.push(...card.dataset.outcome.split(" "));
    if (card.dataset.ok !== "true") continue;
    if (lacksSomething(card)) missing += 1;
    else expected += 1;
  }
  const note = missing ? `, ${missing} not available here` : "";
  const isOk = expected + missing === all;
  tell(`${expected} of ${all} scenarios as expected${note}`, isOk ? "ok" : "differs");
  document.getElementById("meaning").textContent = meaning(outcomes, isOk);
  document.documentElement.dataset.done = "true";
  button.disabled = false;
}

// ---- showing

/** Say what a run shows: the outcomes of its requests, and whether they are right. */
function meaning(outcomes, isOk) {
  const count = (wanted) => outcomes.filter((outcome) => outcome === wanted).length;
  const counts = `Your browser allowed ${count("allowed")} requests and blocked ${count("blocked")}`;
  if (isOk) {
    return `${counts}, as the Fetch standard requires for these policies. Some scenarios make several requests.`;
  }
  return `${counts}. The scenarios that ended in another way are highlighted below.`;
}

function tell(text, state) {
  const summary = document.getElementById("summary");
  summary.textContent = text;
  summary.dataset.state = state;
}

/** Mark a scenario, on its card and in the list at the top, as waiting, running or finished. */
function setState(id, state) {
  const card = document.getElementById(id);
  card.dataset.state = state;
  if (state === "waiting") {
    delete card.dataset.outcome;
    delete card.dataset.ok;
  }
  for (const place of document.querySelectorAll(`[data-verdict="${id}"]`)) {
    place.replaceChildren(...verdict(card));
  }
}

/** The labels of a card: how it ended, and whether that was expected. */
function verdict(card) {
  if (card.dataset.state !== "finished") return [make("span", "tag", card.dataset.state)];
  const outcomes = new Set(card.dataset.outcome.split(" "));
  const tags = [...outcomes].map(outcomeTag);
  const ok = card.dataset.ok === "true";
  if (ok && lacksSomething(card)) return tags;
  tags.push(make("span", ok ? "check" : "check differs", ok ? "as expected" : "not as expected"));
  return tags;
}

/** Say whether a scenario could not run in full, because the browser lacks something. */
const lacksSomething = (card) => card.dataset.outcome.split(" ").includes("missing");

const outcomeTag = (outcome) =>
  make("span", `tag ${outcome}`, outcome === "missing" ? "not available here" : outcome);

function showResult(shown, result) {
  const reads = Object.entries(result.reads).map(([name, value]) => {
    const row = make("div");
    row.append(make("dt", "", name), make("dd", value === null ? "nothing" : "", show(value)));
    return row;
  });
  shown.querySelector(".reads").replaceChildren(...reads);
  shown.querySelector(".message").textContent = result.message;
  shown.querySelector(".outcome").replaceChildren(outcomeTag(result.outcome));
  shown.querySelector(".sequence").replaceChildren(
    ...result.exchanges.flatMap((exchange, index) => [
      ...(index ? [make("span", "arrow", " → ")] : []),
      make("code", isPreflight(exchange) ? "preflight" : "", shortly(exchange)),
    ]),
  );
  shown.querySelector(".exchanges").replaceChildren(...result.exchanges.map(exchangeTable));
  shown.querySelector(".differences").replaceChildren(
    ...result.differences.map((difference) => make("li", "", difference)),
  );
  if (result.differences.length) shown.querySelector("details").open = true;
}

const isPreflight = ({ method, asked }) =>
  method === "OPTIONS" && asked.some(([name]) => name === "Access-Control-Request-Method");

const shortly = ({ method, status }) => `${method} ${status.split(" ")[0]}`;

function exchangeTable(exchange) {
  const table = make("table", "exchange");
  const kind = isPreflight(exchange) ? "Preflight" : "Request";
  table.createCaption().append(
    make("span", "kind", kind),
    " ",
    make("code", "", `${exchange.method} ${exchange.path}`),
    make("span", "arrow", " → "),
    make("code", "", exchange.status),
  );
  addHeaders(table, "Browser sent", exchange.asked);
  addHeaders(table, "Server answered", exchange.answered);
  return table;
}

function addHeaders(table, title, headers) {
  const body = table.createTBody();
  const heading = make("th", "", title);
  heading.scope = "rowgroup";
  heading.colSpan = 2;
  body.insertRow().append(heading);
  const rows = headers.length ? headers : [["—", "none that matters to CORS"]];
  for (const [name, value] of rows) {
    const row = body.insertRow();
    row.className = /^(access-control-|origin$|vary$)/i.test(name) ? "cors" : "";
    row.append(make("td", "", name), make("td", "", value));
  }
}

/** Build the list at the top and every card. */
function build() {
  for (const place of document.querySelectorAll("[data-origin]")) {
    place.textContent = { page: location.origin, ...config }[place.dataset.origin];
  }
  let number = 0;
  for (const group of groups) {
    const section = make("section", "group");
    section.append(make("h2", "", group.title));
    for (const scenario of group.scenarios) {
      number += 1;
      section.append(newCard(scenario, number));
      document.getElementById("overview").append(newEntry(scenario));
    }
    document.getElementById("cards").append(section);
  }
}

function newEntry(scenario) {
  const link = make("a", "", scenario.name);
  link.href = `#${scenario.id}`;
  const state = make("span", "verdict");
  state.dataset.verdict = scenario.id;
  const entry = make("li", "");
  entry.append(link, state);
  return entry;
}

function newCard(scenario, number) {
  const card = fromTemplate("card");
  card.id = scenario.id;
  card.dataset.expected = scenario.steps.map((step) => step.expected.outcome).join(" ");
  card.querySelector(".number").textContent = number;
  card.querySelector(".name").textContent = scenario.name;
  card.querySelector(".verdict").dataset.verdict = scenario.id;
  card.querySelector(".says").textContent = scenario.says;
  const link = card.querySelector(".mdn");
  link.href += `#${scenario.mdn}`;
  link.setAttribute("aria-label", `${link.textContent}: ${scenario.name}`);
  const play = card.querySelector(".play");
  play.href += `#scenario=${scenario.id}`;
  play.setAttribute("aria-label", `${play.textContent}: ${scenario.name}`);
  card.querySelector(".policy").textContent = scenario.policy;
  card.querySelector(".steps").append(
    ...scenario.steps.map((step, index) => newStep(step, index, scenario.steps.length)),
  );
  return card;
}

function newStep(step, index, count) {
  const shown = fromTemplate("step");
  shown.querySelector(".step-name").textContent = count > 1 ? `Request ${index + 1}` : "Request";
  shown.querySelector(".asked").textContent = step.file
    ? step.code(config.files + step.file)
    : fetchCode(...step.request);
  return shown;
}

/** Write a call of fetch() as one would type it. */
function fetchCode(path, options) {
  const address = JSON.stringify(config.api + path);
  if (!options) return `fetch(${address})`;
  return `fetch(${address}, ${literal(options)})`;
}

function literal(value, indent = "") {
  if (typeof value === "string") return value.includes('"') ? `'${value}'` : `"${value}"`;
  const members = Object.entries(value).map(([name, member]) => {
    const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
    return `${indent}  ${key}: ${literal(member, `${indent}  `)},\n`;
  });
  return `{\n${members.join("")}${indent}}`;
}

function fromTemplate(id) {
  return document.getElementById(id).content.cloneNode(true).firstElementChild;
}

function openAll(event) {
  const open = event.currentTarget.getAttribute("aria-pressed") !== "true";
  event.currentTarget.setAttribute("aria-pressed", String(open));
  event.currentTarget.textContent = open ? "Hide all requests" : "Show all requests";
  for (const details of document.querySelectorAll(".step details")) details.open = open;
}

build();
// The browser looked for this card before it was there.
document.getElementById(location.hash.slice(1))?.scrollIntoView({ behavior: "instant" });
document.getElementById("again").addEventListener("click", runAll);
document.getElementById("open-all").addEventListener("click", openAll);
await runAll();
