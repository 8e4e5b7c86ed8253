// What else there is to look at: Flower where the browser can reach it, the API and its metrics.

import { call } from "./api.js";
import { beyond, make } from "./dom.js";

/** Return a line of links, and the version. It shows once it is known what there is. */
export function beside() {
  const node = make("nav", "nothing beside");
  node.ariaLabel = "Beside this page";
  node.hidden = true;
  call("GET", "api/about").then(
    ({ version, flower }) => {
      const links = [flower && beyond(flower, "", "Flower"), beyond("metrics", "", "Metrics"), beyond("docs/", "", "API")];
      const said = ["Beside this page: ", ...links.filter(Boolean).flatMap((each, at) => (at ? [" · ", each] : [each]))];
      node.append(...said, version ? ` · Rookery ${version}` : "");
      node.hidden = false;
    },
    () => {}, // whoever may not read that has nothing to look at there
  );
  return node;
}
