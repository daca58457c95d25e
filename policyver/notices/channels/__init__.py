"""The ways out: e-mail, any apprise URL, signed webhooks. The only package that knows apprise.

A channel is opened once and sends many messages. Each send ends in a `Receipt`: delivered, deferred (worth trying
again) or refused (for ever). Secrets are read from the environment when a channel is opened, and never shown.
"""

from __future__ import annotations

from policyver.notices.channels.base import Outgoing, Receipt, Sender, Status
from policyver.notices.channels.factory import address_of, check_channel, open_sender, with_environment

__all__ = ["Outgoing", "Receipt", "Sender", "Status", "address_of", "check_channel", "open_sender", "with_environment"]
