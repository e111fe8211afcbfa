// A page of one origin or another, which makes the requests that the playground sends it.
//
// This is not a module: a sandboxed frame has no origin, and could not load one from this server.

addEventListener("message", async ({ source, ports, data }) => {
  if (source === parent) ports[0].postMessage(await attempt(data));
});

/** Make a request; return what JavaScript could read. */
async function attempt({ url, options }) {
  try {
    const response = await fetch(url, options);
    return {
      outcome: "allowed",
      reads: {
        type: response.type,
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await response.text(),
      },
    };
  } catch (error) {
    return { outcome: "blocked", reads: { error: error.name } };
  }
}
