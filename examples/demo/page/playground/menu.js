// The menu of scenarios.

import { groups } from "../scenarios.js";
import { make } from "../dom.js";

/** Whether there is a scenario of this name. */
export const isScenario = (id) => groups.some(({ scenarios }) => scenarios.some((scenario) => scenario.id === id));

/** Put the scenarios into the menu, in the groups that they have on their own page. */
export function fillMenu(menu) {
  for (const { title, scenarios } of groups) {
    const group = make("optgroup");
    group.label = title;
    for (const { id, name } of scenarios) {
      const option = make("option", "", name);
      option.value = id;
      group.append(option);
    }
    menu.append(group);
  }
}
