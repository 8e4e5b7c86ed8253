"""Whether somebody asks something, in many scripts, with or without a mark. Pure."""

from __future__ import annotations

import re

from bots.listening.spoken import spoken

#: Question marks: ASCII, inverted, full width, Arabic, Greek, Armenian, Ethiopic, Limbu, Vai, Bamum, and double ones.
_MARKS = "?¿？؟\u037e՞፧᥅꘏꛷⁇⁈⁉‽⸮︖﹖"
_MARK = re.compile(rf"[{_MARKS}](?!\w++=)")
_GREEK = re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]\s?;")  # Greek keyboards have the mark where others have a semicolon
_END = r"[\s。．.!！~〜…)）」』w草ㅋㅎ]*(?:$|\n)"
#: Sentences that ask by their last word: Japanese, Chinese, Korean.
_PARTICLE = re.compile(
    r"(?:(?:です|ます|でした|ました|ません|だろう|でしょう|[るいただの])か[なねい]?"
    r"|[吗嗎么]|[你您他她它们]呢|[습입합됩갑옵]니까|[^니\s]까요?|[나은는인]가요|나요)(?=[\s。．.!！~〜…)）」』wㅋㅎ]*(?:\Z|\n|。))"
)
_WHO = r"you|i|we|they|he|she|it|anyone|anybody|someone|somebody|everyone|there|this|that|these|those|the|my|your"
_BE = r"is|are|am|was|were|do|does|did|can|could|would|should|will|has|have"
#: English ones that begin as questions do; people leave the mark out.
_OPENER = re.compile(
    rf"(?:^|[.!,:\n]\s*|\b(?:so|and|but|hey|ok|okay|also|btw|hi|hello|lol)\s+)(?:\w+,\s+)?(?:"
    rf"(?:what|where|who|why|how|which|when)(?:'s|s)?\s+(?:{_BE}|to|about|come|many|much|long|often)\b"
    rf"|(?:can|could|would|will|should|is|are|am|was|were|does|did)(?:n't)?\s+(?:{_WHO})\b"
    rf"|do\s+(?:you|i|we|they)\b|(?:has|have)\s+(?:you|anyone|anybody|someone|somebody)\b"
    rf"|any(?:one|body)\s+(?:know|else|here|up|got|have|want|seen|tried)s?\b"
    rf"|any\s+(?:idea|ideas|tips|chance|recommendations|suggestions|news|thoughts)\b)",
    re.IGNORECASE,
)


def has_question(text: str) -> bool:
    """Return whether a text asks something. What is in code, in an address or quoted does not count.

    >>> has_question("行きますか。"), has_question("Τι κάνεις;"), has_question("see https://x.example/?q=1")
    (True, True, False)
    """
    said = spoken(text).strip()
    return bool(_MARK.search(said) or _GREEK.search(said) or _PARTICLE.search(said) or _OPENER.search(said))
