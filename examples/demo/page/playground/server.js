// Requests to the server of the playground.

/**
 * Request a path, and return its JSON; with data, it is a POST.
 *
 * What the server cannot take, or an answer that is not JSON, is an Error.
 */
export async function call(path, data) {
  const response = await fetch(path, data && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(data),
  });
  const isJSON = response.headers.get("Content-Type")?.startsWith("application/json");
  if (!isJSON) throw new Error(`The server answered with status ${response.status}.`);
  const answer = await response.json();
  if (answer.problem) throw new Error(answer.problem);
  return answer;
}
