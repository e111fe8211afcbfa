// Plays scenarios inside a page: several at a time, the steps of each in turn.

const PATIENCE = 30_000; // milliseconds until a request that never ends counts as a result of its own

async function play(text, parallel) {
  const scenarios = JSON.parse(text);
  const outcomes = new Array(scenarios.length);
  let next = 0;
  async function work() {
    while (next < scenarios.length) {
      const place = next++;
      outcomes[place] = [];
      for (const step of scenarios[place]) outcomes[place].push(await (step.xhr ? send : call)(step));
    }
  }
  await Promise.all(Array.from({ length: parallel }, work));
  return JSON.stringify(outcomes);
}

async function call({ url, method, headers, body, credentials, mode, redirect }) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE);
  try {
    const options = { method, headers, credentials, mode, redirect, signal: abort.signal };
    if (body !== null) options.body = body;
    const response = await fetch(url, options);
    const { type, status, redirected } = response;
    const seen = { type, status, redirected, url: response.url, headers: [...response.headers] };
    await response.text();
    return seen;
  } catch (error) {
    return { type: abort.signal.aborted ? "timeout" : "rejected", said: String(error) };
  } finally {
    clearTimeout(timer);
  }
}

function send({ url, method, headers, body, credentials, upload_listener }) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.timeout = PATIENCE;
    request.onload = () => resolve(read(request));
    request.onerror = () => resolve({ type: "rejected", said: "error event" });
    request.ontimeout = () => resolve({ type: "timeout" });
    try {
      request.open(method, url);
      request.withCredentials = credentials === "include";
      for (const [name, value] of headers) request.setRequestHeader(name, value);
      if (upload_listener) request.upload.onprogress = () => {};
      request.send(body);
    } catch (error) {
      resolve({ type: "rejected", said: String(error) });
    }
  });
}

function read(request) {
  const lines = request.getAllResponseHeaders().split("\r\n").slice(0, -1);
  const headers = lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]);
  return { type: "xhr", status: request.status, url: request.responseURL, headers };
}
