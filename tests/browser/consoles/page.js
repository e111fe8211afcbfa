"use strict";

const send = ({url, is_xhr, opaque, upload_listener, ...options}) => {
  if (!is_xhr) return fetch(url, options).then(() => "true", (error) => `false ${error}`);
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open(options.method, url);
    request.withCredentials = options.credentials === "include";
    for (const [name, value] of Object.entries(options.headers)) {
      request.setRequestHeader(name, value);
    }
    if (upload_listener) request.upload.onprogress = () => {};
    request.onload = () => done("true");
    request.onerror = () => done("false");
    request.send(options.body);
  });
};

// One request later, what the browser's other processes have to say of the last one has arrived.
const settle = async () => {
  await fetch("/settle", {mode: "no-cors"});
  await new Promise((done) => setTimeout(done));
};

const play = async (requests, isOpaque) => {
  for (const [number, request] of requests.entries()) {
    if (Boolean(request.opaque) !== isOpaque) continue;
    console.log(`begins ${number}`);
    const outcome = await send(request);
    await settle();
    console.log(`ends ${number} ${outcome}`);
  }
};

// Plays each request in turn, those of opaque pages in a frame.
const run = async () => {
  const requests = await (await fetch("/plays")).json();
  await play(requests, false);
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts";
  frame.src = "/frame";
  const over = new Promise((done) => { onmessage = done; });
  frame.onload = () => frame.contentWindow.postMessage(requests, "*");
  document.body.append(frame);
  await over;
  console.log("over");
};

if (parent === window) {
  window.over = run();
} else {
  onmessage = async ({data}) => {
    await play(data, true);
    parent.postMessage("over", "*");
  };
}
