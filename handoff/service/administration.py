"""What supervisors and administrators change from the console: people, teams, opening hours, canned answers.

Every change is on disk together with its entry in the audit log, or not at all. Whoever names the version that they saw
is told when somebody else was faster.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from handoff.domain.conversation import Conversation
from handoff.domain.errors import Code, DomainError, conflict, not_found
from handoff.domain.people import Access as AccessLevel
from handoff.domain.people import Agent
from handoff.domain.policy import Policy
from handoff.domain.rights import require_may_administer_people, require_supervisor
from handoff.service import administered as adm
from handoff.service.accounts import OPERATOR, Accounts, By, ChangedAccount, NewAccount, known_levels
from handoff.service.administered import CannedAnswer, DeskChanges
from handoff.service.chain import rfc3339
from handoff.service.committer import Committer
from handoff.service.desk_file import DeskFile
from handoff.service.ports import Administered, AuditEntry, Batch, Clock, Ids, Storage, StorageUnavailable
from handoff.service.tasks import Tasks
from handoff.service.views import View

_log = logging.getLogger(__name__)

AUDIT_ENTRIES_MAX = 200  # in one answer
_LOOK_AGAIN_EVERY_S = 1.0


class Administration:
    def __init__(
        self,
        desk_file: DeskFile,
        accounts: Accounts,
        committer: Committer,
        storage: Storage,
        clock: Clock,
        ids: Ids,
        policy: Policy,
        *,
        origin: Callable[[], str],
    ) -> None:
        """`origin` is where people reach the console, for the links of the invited. `version` counts up with each
        change of what every console shows: people and canned answers."""
        self._desk_file = desk_file
        self._accounts = accounts
        self._committer = committer
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._policy = policy
        self._origin = origin
        self._turn = asyncio.Lock()  # of those who change people, with the version that they saw
        self._listeners: list[Callable[[], None]] = []
        self.version = 0
        accounts.listen(self._tell, in_doubt=self._look_again_later)
        self._tasks = Tasks()
        self._looking_again: asyncio.Task[None] | None = None

    def listen(self, listener: Callable[[], None]) -> None:
        """`listener` is called when people, or what their consoles show of the desk, have changed."""
        self._listeners.append(listener)

    async def close(self) -> None:
        await self._tasks.close()

    # -- looking --

    def canned_answers(self) -> list[View]:
        """For every console."""
        return adm.answers_view(self._desk_file.changes)

    async def overview(self, actor: Agent) -> View:
        """All that may be administered, as it is. Raises `forbidden`."""
        require_supervisor(actor)
        people = [_versioned(row) for row in await self._accounts.rows()]
        file, config = self._desk_file.file, self._desk_file.config
        of_file = {team.key: team.name for team in file.teams}
        return {
            "people": sorted(people, key=lambda one: (one["disabled"], one["name"].casefold(), one["id"])),
            "teams": [
                _versioned(
                    {"key": team.key, "name": team.name, "of_file": team.key in of_file}
                    | {"name_of_file": of_file.get(team.key)}
                )
                for team in config.teams
            ],
            "opening_hours": self._hours_view(),
            "canned_answers": [_versioned(one) for one in self.canned_answers()],
            "variables": list(adm.VARIABLES),
            "capacity": self._committer.desk.rules.policy.capacity,
            "may_administer_all": AccessLevel.ADMIN in actor.access,
        }

    def _hours_view(self) -> View:
        config, changes = self._desk_file.config, self._desk_file.changes
        source = "file" if changes.hours is None else "console"
        return _versioned(adm.hours_view(config.hours) | {"source": source})

    async def audit(self, actor: Agent, *, before: int | None, limit: int) -> View:
        """Who changed what, the latest first. Raises `forbidden`."""
        require_supervisor(actor)
        found = await self._storage.audit(before=before, limit=min(limit, AUDIT_ENTRIES_MAX) + 1)
        entries = found[: min(limit, AUDIT_ENTRIES_MAX)]
        return {"entries": [_entry_view(one) for one in entries], "more": len(found) > len(entries)}

    # -- people --

    async def invite(self, actor: Agent, new: NewAccount) -> View:
        """The person, and the one-time link to set a password, which is told only here. Raises `DomainError`."""
        require_may_administer_people(actor, *known_levels(new.access))
        agent_id, token = await self._accounts.add(new, _by(actor))
        assert token is not None
        return {"person": _versioned(await self._accounts.row(agent_id)), "link": self._link(token)}

    async def change_person(
        self, actor: Agent, agent_id: str, asked: ChangedAccount, version: str | None
    ) -> View:
        person = self._may_change(actor, agent_id)
        levels = known_levels(asked.access)
        require_may_administer_people(actor, *levels)
        if person.id == actor.id and set(levels) != set(person.access):
            raise conflict("Nobody changes their own access. Ask another administrator.")
        async with self._turn:
            _require_version(version, await self._accounts.row(agent_id))
            await self._accounts.change(agent_id, asked, _by(actor))
        return _versioned(await self._accounts.row(agent_id))

    async def disable_person(self, actor: Agent, agent_id: str) -> View:
        person = self._may_change(actor, agent_id)
        if person.id == actor.id:
            raise conflict("Nobody disables their own account. Ask another administrator.")
        await self._accounts.disable(agent_id, _by(actor))
        return _versioned(await self._accounts.row(agent_id))

    async def enable_person(self, actor: Agent, agent_id: str) -> View:
        self._may_change(actor, agent_id)
        await self._accounts.enable(agent_id, _by(actor))
        return _versioned(await self._accounts.row(agent_id))

    async def renew_link(self, actor: Agent, agent_id: str) -> View:
        self._may_change(actor, agent_id)
        return {"link": self._link(await self._accounts.renew_link(agent_id, _by(actor)))}

    def _may_change(self, actor: Agent, agent_id: str) -> Agent:
        require_supervisor(actor)
        person = self._accounts.person(agent_id)
        require_may_administer_people(actor, *person.access)
        return person

    def _link(self, token: str) -> str:
        return f"{self._origin()}/console/#/set-password?token={token}"

    # -- teams --

    async def put_team(self, actor: Agent, key: str, name: str, version: str | None) -> View:
        """Another name for a team, or a further team. Raises `DomainError`."""
        require_supervisor(actor)
        key, name = adm.read_team(key, name)

        def change(changes: DeskChanges) -> tuple[DeskChanges, Batch]:
            teams = self._desk_file.config.teams
            before = next((team.name for team in teams if team.key == key), None)
            if before is not None:
                _require_version(version, self._team_view(key))
            elif len(teams) >= adm.TEAMS_MAX:
                raise conflict(f"A desk has at most {adm.TEAMS_MAX} teams.")
            action = "team_added" if before is None else "team_renamed"
            rows = self._rows(actor, action, key, name, adm.team_row(key, name), {"name": (before, name)})
            return changes.with_team(key, name), rows

        await self._change(change)
        return _versioned(self._team_view(key))

    async def remove_team(self, actor: Agent, key: str) -> None:
        """A team that was added here is gone; one of the desk file has its name from there again."""
        require_supervisor(actor)

        def change(changes: DeskChanges) -> tuple[DeskChanges, Batch]:
            view = self._team_view(key)
            if key not in changes.team_names:
                raise conflict("This team stands in the desk file; the operator can remove it there.")
            if not view["of_file"]:
                self._require_unneeded(key)
            action = "team_name_given_back" if view["of_file"] else "team_removed"
            changed = {"name": (view["name"], view["name_of_file"])}
            rows = self._rows(actor, action, key, view["name"], adm.team_row(key, None), changed)
            return changes.with_team(key, None), rows

        await self._change(change)

    def _team_view(self, key: str) -> View:
        for team in self._desk_file.config.teams:
            if team.key == key:
                of_file = {one.key: one.name for one in self._desk_file.file.teams}
                return {"key": key, "name": team.name, "of_file": key in of_file} | {
                    "name_of_file": of_file.get(key)
                }
        raise not_found("There is no such team.")

    def _require_unneeded(self, key: str) -> None:
        desk = self._committer.desk
        people = [agent.card.name for agent in desk.people() if key in agent.teams]
        if people:
            shown = ", ".join(sorted(people)[:5])
            raise conflict(f"These people belong to this team: {shown}. Give them another one first.")
        if any(True for one in desk.live() if _is_with(one, key)):
            raise conflict("Customers wait for this team, or were promised its answer. Try again later.")
        if any(answer.team == key for answer in self._desk_file.changes.answers.values()):
            raise conflict("Canned answers are for this team. Change them first.")

    # -- opening hours --

    async def put_hours(self, actor: Agent, given: View, version: str | None) -> View:
        """Other hours than those of the desk file, until they are given back to it. Raises `DomainError`."""
        require_supervisor(actor)
        hours = adm.read_hours(given)

        def change(changes: DeskChanges) -> tuple[DeskChanges, Batch]:
            _require_version(version, self._hours_view())
            before, after = adm.hours_view(self._desk_file.config.hours), adm.hours_view(hours)
            changed = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
            row = adm.hours_row(hours)
            rows = self._rows(actor, "opening_hours_changed", adm.HOURS, "", row, changed)
            return changes.with_hours(hours), rows

        await self._change(change)
        return self._hours_view()

    async def give_hours_back(self, actor: Agent) -> View:
        """Those of the desk file hold again."""
        require_supervisor(actor)

        def change(changes: DeskChanges) -> tuple[DeskChanges, Batch]:
            if changes.hours is None:
                raise conflict("The hours of the desk file hold already.")
            before, after = adm.hours_view(changes.hours), adm.hours_view(self._desk_file.file.hours)
            changed = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
            row = adm.hours_row(None)
            rows = self._rows(actor, "opening_hours_given_back", adm.HOURS, "", row, changed)
            return changes.with_hours(None), rows

        await self._change(change)
        return self._hours_view()

    # -- canned answers --

    async def put_answer(
        self,
        actor: Agent,
        answer_id: str | None,
        *,
        title: str,
        text: str,
        language: str | None,
        team: str | None,
        version: str | None = None,
    ) -> View:
        """A new one without an id. Raises `DomainError`."""
        require_supervisor(actor)
        of_id = answer_id or self._ids.new("an")
        answer = adm.read_answer(of_id, title, text, language, team, self._desk_file.config)

        def change(changes: DeskChanges) -> tuple[DeskChanges, Batch]:
            before = changes.answers.get(of_id)
            if answer_id is not None:
                _require_version(version, _found(before))
            if any(_same_title(one, answer) for one in changes.answers.values()):
                raise conflict("There is an answer with this title for the same language and team already.")
            if before is None and len(changes.answers) >= adm.ANSWERS_MAX:
                raise conflict(f"A desk has at most {adm.ANSWERS_MAX} canned answers.")
            was = {} if before is None else adm.answer_view(before)
            changed = {
                name: (was.get(name), value)
                for name, value in adm.answer_view(answer).items()
                if name != "id" and was.get(name) != value
            }
            action = "answer_added" if before is None else "answer_changed"
            rows = self._rows(actor, action, of_id, answer.title, adm.answer_row(of_id, answer), changed)
            return changes.with_answer(of_id, answer), rows

        await self._change_answers(change)
        return _versioned(adm.answer_view(answer))

    async def remove_answer(self, actor: Agent, answer_id: str) -> None:
        require_supervisor(actor)

        def change(changes: DeskChanges) -> tuple[DeskChanges, Batch]:
            was = _found(changes.answers.get(answer_id))
            changed = {name: (value, None) for name, value in was.items() if name != "id"}
            row = adm.answer_row(answer_id, None)
            rows = self._rows(actor, "answer_removed", answer_id, was["title"], row, changed)
            return changes.with_answer(answer_id, None), rows

        await self._change_answers(change)

    # -- the operator --

    async def reload(self) -> None:
        """The desk file as it is now. Raises `DeskFileError`, `unavailable`."""
        name = self._desk_file.path.name
        entry = self._entry(OPERATOR, "desk_file_reloaded", name, name, {})
        await self._desk_file.reload(self._committer, self._policy, also=Batch(audit=[entry]))
        self._tell()

    # -- writing --

    async def _change(self, change: Callable[[DeskChanges], tuple[DeskChanges, Batch]]) -> None:
        try:
            await self._desk_file.change(self._committer, self._policy, change)
        except DomainError as error:
            if error.code is Code.UNAVAILABLE:
                self._look_again_later()
            raise
        self._tell()

    async def _change_answers(self, change: Callable[[DeskChanges], tuple[DeskChanges, Batch]]) -> None:
        try:
            await self._desk_file.change_answers(self._storage, change)
        except StorageUnavailable:
            self._look_again_later()
            raise
        self._tell()

    def _look_again_later(self) -> None:
        """What was told as not written may be on disk all the same: storage is asked, as soon as it answers."""
        if self._looking_again is None or self._looking_again.done():
            work = self._look_again()
            self._looking_again = self._tasks.start("what is administered, read again", work)

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_AGAIN_EVERY_S)
            try:
                await self._desk_file.look_again(self._committer, self._storage, self._policy)
                await self._committer.settled()  # people, too, are as they are on the disk
                break
            except (DomainError, StorageUnavailable) as error:
                _log.warning("what is administered could not be read again", extra={"why": str(error)})
        self._tell()

    def _rows(
        self,
        actor: Agent,
        action: str,
        subject: str,
        subject_name: str,
        row: Administered,
        changes: dict[str, tuple[Any, Any]],
    ) -> Batch:
        entry = self._entry(_by(actor), action, subject, subject_name, changes)
        return Batch(administered=[row], audit=[entry])

    def _entry(
        self, by: By, action: str, subject: str, subject_name: str, changes: dict[str, tuple[Any, Any]]
    ) -> AuditEntry:
        return AuditEntry(
            at=self._clock.now(),
            actor_id=by.id,
            actor_name=by.name,
            action=action,
            subject=subject,
            subject_name=subject_name,
            changes=changes,
        )

    def _tell(self) -> None:
        self.version += 1
        for listener in self._listeners:
            listener()


def _by(actor: Agent) -> By:
    return By(id=actor.id, name=actor.card.name)


def _is_with(conversation: Conversation, team: str) -> bool:
    handoff = conversation.live_handoff
    if handoff is None:
        return False
    owner = handoff.promise.owner if handoff.promise is not None else None
    return handoff.team == team or (owner is not None and owner.kind == "team" and owner.id == team)


def _same_title(one: CannedAnswer, other: CannedAnswer) -> bool:
    return one.id != other.id and (one.title.casefold(), one.language, one.team) == (
        other.title.casefold(),
        other.language,
        other.team,
    )


def _found(answer: CannedAnswer | None) -> View:
    if answer is None:
        raise not_found("There is no such answer.")
    return adm.answer_view(answer)


_PASSING = ("presence", "seats_taken", "version")  # they change by themselves


def _version(view: View) -> str:
    return adm.version_of({name: value for name, value in view.items() if name not in _PASSING})


def _versioned(view: View) -> View:
    return view | {"version": _version(view)}


def _require_version(version: str | None, view: View) -> None:
    """Raises `conflict` when it was changed since. None: whatever it was."""
    if version is not None and version != _version(view):
        raise conflict("Somebody else has changed this in the meantime. Look at it again.")


def _entry_view(entry: AuditEntry) -> View:
    return {
        "number": entry.number,
        "at": rfc3339(entry.at),
        "actor": {"id": entry.actor_id, "name": entry.actor_name},
        "action": entry.action,
        "subject": entry.subject,
        "subject_name": entry.subject_name,
        "changes": {
            name: {"before": before, "after": after} for name, (before, after) in entry.changes.items()
        },
    }
