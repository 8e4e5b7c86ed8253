// The page: its views, what stands behind "More", and the room that a phone leaves for it.

import "./chat.js"; // whatever is shown first, answers go on being written
import * as more from "./more.js";
import * as views from "./views.js";

// Where a keyboard on the screen does not shrink the page by itself (Safari), what is visible is all there is.
visualViewport?.addEventListener("resize", () => {
  document.body.style.height = visualViewport.scale === 1 ? `${visualViewport.height}px` : "";
});

more.start();
views.start();
