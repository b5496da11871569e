"""Who the customer is to the desk: their language, their name, their proven identity, and that they are forgotten."""

from __future__ import annotations

from handoff.domain import commands as c
from handoff.domain.decisions.customers import end_by_customer
from handoff.domain.decisions.steps import customer_actor
from handoff.domain.desk import Trial
from handoff.domain.errors import conflict
from handoff.domain.events import Actor, CustomerIntroduced, Erased, LocaleChanged
from handoff.domain.rights import require_may_write, require_not_erased


def change_locale(trial: Trial, command: c.ChangeLocale) -> None:
    """Said again, it changes nothing. A handoff that waits keeps the language in which it was asked for."""
    conversation = trial.desk.conversation(command.conversation_id)
    require_not_erased(conversation)
    if command.locale != conversation.locale:
        changed = LocaleChanged(locale=command.locale)
        trial.log(command.conversation_id, changed, customer_actor(conversation))


def introduce(trial: Trial, command: c.Introduce) -> None:
    """A name to show, for whoever the site does not vouch for; or the identity that the site vouches for.

    A conversation changes hands never: one that is a proven customer's cannot become another's. Nor does a blocked
    customer come in by another's conversation. Raises `conflict`, and `forbidden` for somebody blocked.
    """
    conversation = trial.desk.conversation(command.conversation_id)
    require_may_write(trial.rules, conversation)
    customer = conversation.customer
    if command.customer_id is None:
        if customer.verified:
            raise conflict("The site that you signed in to says your name.")
    elif command.customer_id != customer.id:
        if customer.verified:
            raise conflict("This conversation is another customer's.")
        if any(
            one.customer.id == command.customer_id and one.site == conversation.site
            for one in trial.desk.blocked()
        ):
            raise conflict("This customer is blocked, and goes on in their own conversation.")
    elif command.name == customer.name:
        return
    if command.customer_id is None and command.name == customer.name:
        return
    introduced = CustomerIntroduced(name=command.name, customer_id=command.customer_id)
    trial.log(command.conversation_id, introduced, customer_actor(conversation))


def erase_customer(trial: Trial, command: c.EraseCustomer) -> None:
    """What is owed to them anywhere is withdrawn first: it is their wish, and nobody could answer any more.

    A blocked customer is refused, so that a block cannot be shaken off; they have the trader's address for it.
    """
    conversation = trial.desk.conversation(command.conversation_id)
    require_may_write(trial.rules, conversation)
    for one in trial.desk.of_customer(conversation):
        if one.erased:
            continue
        if one.live_handoff is not None:
            end_by_customer(trial, one, one.live_handoff)
        trial.log(one.conversation_id, Erased(), Actor(kind="customer", id=one.customer.id))
