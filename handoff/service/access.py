"""Who is asking: the sessions of customers and of the desk's people, and the identity a site vouches for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from handoff.domain.commands import EraseCustomer, Introduce, StartConversation
from handoff.domain.conversation import Conversation
from handoff.domain.errors import Code, DomainError, bad_request
from handoff.domain.people import Agent
from handoff.domain.speech import speech
from handoff.domain.text import NAME_CHARACTERS_MAX, language_of
from handoff.service.committer import Committed, Committer
from handoff.service.desk_config import Site
from handoff.service.desk_file import DeskFile
from handoff.service.limits import Rate
from handoff.service.ports import Account, Batch, Clock, Ids, Storage
from handoff.service.tokens import Tokens, digest, unauthorized

CUSTOMER_TOKEN_LIFE = timedelta(days=90)  # from the last use
AGENT_TOKEN_LIFE = timedelta(hours=16)  # a long shift; the next day begins with a sign-in
PASSWORD_LINK_LIFE = timedelta(days=3)
NEW_CONVERSATION_AFTER = timedelta(days=30)
PASSWORD_CHARACTERS_MIN = 12
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHARED_ALGORITHMS = ("HS256", "HS384", "HS512")
_KEY_ALGORITHMS = ("RS256", "ES256", "EdDSA")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSession:
    """A customer's token and what it is for."""

    token_digest: bytes
    conversation_id: str
    customer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInAgent:
    token_digest: bytes
    agent: Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    token: str
    conversation_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryTokens:
    """Of the pretend customer and of the pretend agent of one canary."""

    customer: NewSession
    agent_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a site says its customer is. `subject` is set only when its signature is valid."""

    subject: str | None
    name: str | None


# Called with the digest of a token that ended, or with the person all of whose tokens did.
EndListener = Callable[[bytes | None, str | None], None]


class Access:
    def __init__(
        self,
        committer: Committer,
        storage: Storage,
        desk_file: DeskFile,
        clock: Clock,
        ids: Ids,
        hasher: PasswordHasher,
    ) -> None:
        self._committer = committer
        self._storage = storage
        self._desk_file = desk_file
        self._clock = clock
        self._ids = ids
        self._hasher = hasher
        self._no_such_account = self._hasher.hash("nobody has this password")
        self._end_listeners: list[EndListener] = []
        self._tokens = Tokens(storage, clock, ids)
        committer.listen(self._committed)
        self._attempts = Rate(clock, burst=10, per_second=0.2)
        self._hashing = asyncio.Semaphore(2)  # argon2 takes 64 MB and a core for each

    def listen_for_ends(self, listener: EndListener) -> None:
        """`listener` is told of sessions that have ended, or may have, to close their sockets: whoever still has one
        comes back at once."""
        self._end_listeners.append(listener)

    # -- customers --

    async def start_session(
        self, *, site: str | None, locale: str | None, page_url: str | None, identity: str | None
    ) -> NewSession:
        """A token for a new conversation, or for the latest one of a customer whom the site vouches for.

        Raises `bad_request` for a site that this desk does not know.
        """
        found = self._desk_file.config.site(site)
        if found is None:
            raise bad_request("This desk has no such site.")
        who = self._identity(found, identity)
        customer_id = self._ids.new("cu")
        previous: str | None = None
        if who.subject is not None:
            customer_id = f"{found.key}:{who.subject}"
            latest = await self._storage.latest_conversation(found.key, customer_id)
            if latest is not None:
                previous = latest.conversation.conversation_id
                if not await self._is_over(previous):
                    return await self._issue(previous, latest.conversation.session_subject, replaces=None)
                if latest.conversation.erased:
                    previous = None
        return await self._start(found, customer_id, who, locale, page_url, previous)

    async def _is_over(self, conversation_id: str) -> bool:
        """30 idle days without a live handoff, or erased: what comes next is a new conversation, linked to this one
        unless it was erased."""
        conversation = await self._committer.loaded(conversation_id)
        if conversation is None or conversation.erased:
            return True
        if conversation.live_handoff is not None:
            return False
        return self._clock.now() - conversation.last_at > NEW_CONVERSATION_AFTER

    async def resume_session(
        self, token: str, *, locale: str | None, page_url: str | None, identity: str | None = None
    ) -> NewSession:
        """A new token for the same conversation; the old one works until 60 s after the new one's first use.

        With an `identity` that the site vouches for the conversation becomes that customer's, if it was nobody's and
        they have said something in it; else they get their own, and this token ends.
        """
        session = await self.customer(token)
        conversation_id = session.conversation_id
        old = await self._committer.loaded(conversation_id)
        site = self._desk_file.config.site(old.site) if old is not None else None
        if old is None or site is None:
            raise unauthorized()
        if identity is not None and not await self._introduced(site, old, self._identity(site, identity)):
            new = await self.start_session(site=site.key, locale=locale, page_url=page_url, identity=identity)
            await self._end(session.token_digest)
            return new
        if await self._is_over(conversation_id):
            who = Identity(subject=old.customer.id if old.customer.verified else None, name=old.customer.name)
            previous = None if old.erased else conversation_id
            return await self._start(site, old.customer.id, who, locale or old.locale, page_url, previous)
        return await self._issue(conversation_id, session.customer_id, replaces=session.token_digest)

    async def _introduced(self, site: Site, old: Conversation, who: Identity) -> bool:
        """Whether whoever this is goes on in this conversation; the desk has learned who they are."""
        if old.erased or old.block is not None:
            return who.subject is None
        if who.subject is None:
            if who.name is not None and not old.customer.verified:
                await self._introduce(old.conversation_id, who.name, None)
            return True
        customer_id = f"{site.key}:{who.subject}"
        if old.customer.id != customer_id:
            has_begun = bool(old.bot.asked) or old.handoff is not None
            if old.customer.verified or not has_begun:
                return False
        try:
            await self._introduce(old.conversation_id, who.name, customer_id)
        except DomainError as error:
            if error.code is Code.UNAVAILABLE:
                raise
            return False
        return True

    async def _introduce(self, conversation_id: str, name: str | None, customer_id: str | None) -> None:
        command = Introduce(conversation_id=conversation_id, name=name, customer_id=customer_id)
        await self._committer.carry_out(command)

    async def conversations_of(self, session: CustomerSession) -> list[Conversation]:
        """Every conversation of this session's customer that was not erased, the latest first."""
        own = await self._committer.loaded(session.conversation_id)
        if own is None:
            raise unauthorized()
        stored = await self._tokens.reading(self._storage.conversations_of(own.site, own.customer.id))
        found = [one.conversation for one in stored if not one.conversation.erased]
        return found[::-1]

    async def forget(self, session: CustomerSession) -> None:
        """Everything that this customer and the desk said to each other is erased, and their sessions end.

        Raises `forbidden` for a blocked customer.
        """
        subjects = {session.customer_id}
        subjects.update(one.session_subject for one in await self.conversations_of(session))
        await self._committer.carry_out(
            EraseCustomer(conversation_id=session.conversation_id),
            also=Batch(tokens_dead_of=[("customer", subject) for subject in sorted(subjects)]),
        )

    async def _end(self, *digests: bytes) -> None:
        await self._tokens.write(Batch(tokens_dead=list(digests)), ended=partial(self._tell_ends, digests))

    def _committed(self, committed: Committed) -> None:
        for subject in committed.signed_out:
            self._tell_ends((), subject)

    def _tell_ends(self, digests: Sequence[bytes], subject: str | None = None) -> None:
        for listener in self._end_listeners:
            if subject is not None:
                listener(None, subject)
            for one in digests:
                listener(one, None)

    async def _start(
        self,
        site: Site,
        customer_id: str,
        who: Identity,
        locale: str | None,
        page_url: str | None,
        previous: str | None,
        *,
        canary: bool = False,
    ) -> NewSession:
        conversation_id = self._ids.new("cv")
        chosen = locale or site.languages[0]
        language = language_of(chosen)
        new, row = self._tokens.new("customer", customer_id, conversation_id, CUSTOMER_TOKEN_LIFE)
        await self._committer.carry_out(
            StartConversation(
                conversation_id=conversation_id,
                customer_id=customer_id,
                customer_name=who.name,
                verified=who.subject is not None,
                site=site.key,
                locale=chosen,
                page_url=page_url,
                previous_conversation_id=previous,
                greeting=speech(language).greet(
                    self._desk_file.config.trader.name, back=previous is not None, name=who.name
                ),
                canary=canary,
            ),
            also=Batch(tokens=[row]),
        )
        return NewSession(token=new, conversation_id=conversation_id, expires_at=row.expires_at)

    async def _issue(self, conversation_id: str, customer_id: str, replaces: bytes | None) -> NewSession:
        new, row = self._tokens.new("customer", customer_id, conversation_id, CUSTOMER_TOKEN_LIFE, replaces)
        await self._tokens.write(Batch(tokens=[row]))
        return NewSession(token=new, conversation_id=conversation_id, expires_at=row.expires_at)

    async def customer(self, token: str) -> CustomerSession:
        """Raises `unauthorized`."""
        row = await self._tokens.use(token, "customer", CUSTOMER_TOKEN_LIFE)
        if row.conversation_id is None:
            raise unauthorized()
        return CustomerSession(
            token_digest=row.digest, conversation_id=row.conversation_id, customer_id=row.subject
        )

    def _identity(self, site: Site, identity: str | None) -> Identity:
        """What a site's sign-in token says. Without a valid signature a name is only display text."""
        if identity is None:
            return Identity(subject=None, name=None)
        if site.identity_key is not None:
            shared = not site.identity_key.startswith("-----BEGIN")
            algorithms = _SHARED_ALGORITHMS if shared else _KEY_ALGORITHMS
            try:
                claims = jwt.decode(
                    identity,
                    site.identity_key,
                    algorithms=list(algorithms),
                    options={"require": ["sub", "exp"], "verify_aud": False},
                )
                return Identity(subject=str(claims["sub"])[:128], name=_display_name(claims))
            except jwt.InvalidTokenError:
                pass
        try:
            claims = jwt.decode(identity, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            claims = {}
        return Identity(subject=None, name=_display_name(claims))

    # -- canaries --

    async def canary_tokens(self, agent_id: str) -> CanaryTokens:
        """A pretend customer's session, and one of the canary agent. What that agent had before is dead."""
        site = self._desk_file.config.sites[0]
        who = Identity(subject=None, name="Canary")
        customer = await self._start(site, self._ids.new("cu"), who, None, None, None, canary=True)
        token, row = self._tokens.new("agent", agent_id, None, AGENT_TOKEN_LIFE)
        await self._tokens.write(Batch(tokens_dead_of=[("agent", agent_id)]))
        await self._tokens.write(Batch(tokens=[row]))
        return CanaryTokens(customer=customer, agent_token=token)

    async def end_canary(self, tokens: CanaryTokens) -> None:
        """Both sessions are over."""
        await self._end(digest(tokens.customer.token), digest(tokens.agent_token))

    # -- people of the desk --

    async def sign_in(self, email: str, password: str, *, sender: str) -> tuple[str, Agent]:
        """Raises `unauthorized` (the same for an unknown address and a wrong password), `rate_limited`."""
        address = email.strip().lower()
        self._attempts.take(f"{sender} {address}")
        account = await self._tokens.reading(self._storage.account(address))
        known = account.password_hash if account is not None else None
        right = await self._verify(known or self._no_such_account, password)
        agent = self._committer.desk.agents.get(account.agent_id) if account is not None else None
        if account is None or known is None or not right or agent is None or agent.disabled:
            raise unauthorized("The e-mail address or the password is not right.")
        token, row = self._tokens.new("agent", agent.id, None, AGENT_TOKEN_LIFE)
        await self._tokens.write(Batch(tokens=[row]))
        return token, agent

    async def agent(self, token: str) -> SignedInAgent:
        """Raises `unauthorized`."""
        row = await self._tokens.use(token, "agent", AGENT_TOKEN_LIFE)
        agent = self._committer.desk.agents.get(row.subject)
        if agent is None or agent.disabled:
            raise unauthorized()
        return SignedInAgent(token_digest=row.digest, agent=agent)

    async def sign_out(self, token: str, kind: str) -> None:
        row = await self._tokens.valid(token, kind)
        await self._end(row.digest)

    async def set_password(self, token: str, password: str) -> None:
        """With the token of a one-time link. Ends every session of that person.

        Raises `unauthorized`, `bad_request`.
        """
        row = await self._tokens.valid(token, "password")
        if len(password) < PASSWORD_CHARACTERS_MIN:
            raise bad_request(f"A password has at least {PASSWORD_CHARACTERS_MIN} characters.")
        account = await self._tokens.reading(self._storage.account_of(row.subject))
        if account is None:
            raise unauthorized("This link is no longer valid. Please ask for a new one.")
        hashed = await self._hash(password)
        await self._tokens.write(
            Batch(
                accounts=[replace(account, password_hash=hashed)],
                tokens_dead_of=[("password", row.subject), ("agent", row.subject)],
            ),
            ended=partial(self._tell_ends, (), row.subject),
        )

    async def account_rows(self, agent_id: str, email: str, password: str | None) -> tuple[Batch, str | None]:
        """Rows of a new account: with a password, or with the token of a one-time link to set it."""
        address = email.strip().lower()
        if await self._tokens.reading(self._storage.account(address)) is not None:
            raise DomainError(Code.CONFLICT, f"There is an account for {address} already.")
        hashed = await self._hash(password) if password is not None else None
        batch = Batch(accounts=[Account(agent_id=agent_id, email=address, password_hash=hashed)])
        if password is not None:
            return batch, None
        token, row = self._tokens.new("password", agent_id, None, PASSWORD_LINK_LIFE)
        batch.tokens.append(row)
        return batch, token

    async def renew_password_link(self, agent_id: str, also: Batch) -> str:
        """The token of a new one-time link; those before it are dead. What is there of a password holds until then."""
        token, row = self._tokens.new("password", agent_id, None, PASSWORD_LINK_LIFE)
        await self._tokens.write(Batch(tokens_dead_of=[("password", agent_id)]))
        also.tokens.append(row)
        await self._tokens.write(also)
        return token

    async def account_of(self, agent_id: str) -> Account | None:
        return await self._tokens.reading(self._storage.account_of(agent_id))

    async def account_with(self, email: str) -> Account | None:
        return await self._tokens.reading(self._storage.account(email.strip().lower()))

    # -- passwords --

    async def _verify(self, hashed: str, password: str) -> bool:
        async with self._hashing:
            return await asyncio.to_thread(self._matches, hashed, password)

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)


def _display_name(claims: dict[str, Any]) -> str | None:
    name = claims.get("name")
    if not isinstance(name, str):
        return None
    return _CONTROL.sub("", name).strip()[:NAME_CHARACTERS_MAX] or None
