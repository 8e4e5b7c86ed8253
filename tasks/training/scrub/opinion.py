"""What another program takes for a secret: a second opinion, for the keys that our own table does not know.

Of detect-secrets the plugins that know a key by its make are asked, each made once and asked for its words alone: what
it keeps for a whole process (settings, filters, caches) is neither read nor changed, and nothing is verified over a
network. Its plugins for what merely looks random are left out: in a line of chat they take everything for a secret.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from detect_secrets.plugins.artifactory import ArtifactoryDetector
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import BasePlugin
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.cloudant import CloudantDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.ibm_cloud_iam import IbmCloudIamDetector
from detect_secrets.plugins.ibm_cos_hmac import IbmCosHmacDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.softlayer import SoftlayerDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

#: Some of its shapes take time by the square of a line's length, so that a long line is shown to them in pieces.
PIECE_CHARS, OVERLAP_CHARS = 500, 150

PLUGINS: tuple[BasePlugin, ...] = (
    ArtifactoryDetector(),
    AWSKeyDetector(),
    AzureStorageKeyDetector(),
    BasicAuthDetector(),
    CloudantDetector(),
    DiscordBotTokenDetector(),
    GitHubTokenDetector(),
    GitLabTokenDetector(),
    IbmCloudIamDetector(),
    IbmCosHmacDetector(),
    JwtTokenDetector(),
    MailchimpDetector(),
    NpmDetector(),
    OpenAIDetector(),
    PrivateKeyDetector(),
    PypiTokenDetector(),
    SendGridDetector(),
    SlackDetector(),
    SoftlayerDetector(),
    SquareOAuthDetector(),
    StripeDetector(),
    TelegramBotTokenDetector(),
    TwilioKeyDetector(),
)


def suspected(text: str) -> Counter[str]:
    """Return how many pieces of a text each plugin takes for a secret, by what it calls it; never the words.

    >>> suspected("npm says //registry.npmjs.org/:_authToken=" + "npm_" + "a1B2" * 9)
    Counter({'NPM tokens': 1})
    """
    found: Counter[str] = Counter()
    for piece in pieces(text):
        found.update(plugin.secret_type for plugin in PLUGINS if any(plugin.analyze_string(piece)))
    return found


def pieces(text: str) -> Iterator[str]:
    """Yield the lines of a text, long ones in pieces that overlap."""
    step = PIECE_CHARS - OVERLAP_CHARS
    for line in text.splitlines():
        for start in range(0, max(len(line) - OVERLAP_CHARS, 1), step):
            yield line[start : start + PIECE_CHARS]
