// The requests of a result in one line: methods and statuses.

import { make } from "../dom.js";

export function sequence(exchanges) {
  const line = make("span", "sequence");
  const steps = exchanges.map(({ method, status }) => `${method} ${status.split(" ")[0]}`);
  line.append(...(steps.length ? steps : ["nothing sent"]).flatMap((step, index) => [
    ...(index ? [make("span", "arrow", " → ")] : []),
    make("code", "", step),
  ]));
  return line;
}
