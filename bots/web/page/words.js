// Errors in the words of the person at the page. What the API says besides is for whoever runs the flock.

const WORDS = {
  Lost: ["Rookery does not answer.", "Is it still running? `rookery up` starts it."],
  StoreUnavailable: ["Redis is away, so nothing can be taken in or answered right now.", "`rookery up` starts it."],
  StoreFull: ["Redis has no room left, so nothing new can be taken in.", "Free some disk or memory on its machine."],
  Refused: [
    "This is not sent yet: your earlier messages are still being answered.",
    "Wait for an answer or stop one, then try again.",
  ],
  KeyNeeded: ["That key opens nothing here.", "Is it typed whole, and not revoked?"],
  UnknownJob: ["This answer is not kept any more.", "Ask again for a new one."],
};
const BRIEFLY = {
  Lost: "The connection was lost; trying again",
  StoreUnavailable: "Redis is away; trying again",
};

/** Return what went wrong and what to do about it. */
export function readable({ type, message, next_step: step }) {
  const isKnown = type !== "Refused" || /in flight/.test(message); // a key that was used up is refused in other words
  const [what, then] = (isKnown && WORDS[type]) || [sentence(message), step ? sentence(step) : ""];
  return then ? `${what} ${then}` : what;
}

/** Return it in a few words, for while it is tried again. */
export function briefly(error) {
  return BRIEFLY[error.type] ?? readable(error);
}

function sentence(words) {
  const whole = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
