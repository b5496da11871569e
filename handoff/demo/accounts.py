"""The four accounts of the demo, as plain data.

They exist in demo mode only, which binds to loopback. This module must not create
accounts: the composition root does.
"""

from dataclasses import dataclass

DEMO_PASSWORD = "demo-only"  # noqa: S105  # printed at the start and shown on the page: nothing secret is behind it
EMPLOYER = "Nordlicht Handel GmbH"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """One person of the pretend desk.

    `role` is the job title that customers see, `access` what the account may do.
    """

    email: str
    name: str
    role: str
    employer: str
    access: tuple[str, ...]
    languages: tuple[str, ...]
    teams: tuple[str, ...]


DEMO_ACCOUNTS: tuple[DemoAccount, ...] = (
    DemoAccount(
        email="agent1@demo.example",
        name="Maren Petersen",
        role="Customer Service Specialist",
        employer=EMPLOYER,
        access=("agent",),
        languages=("en", "de"),
        teams=("service", "broadband"),
    ),
    DemoAccount(
        email="agent2@demo.example",
        name="Tobias Okafor",
        role="Broadband Adviser",
        employer=EMPLOYER,
        access=("agent",),
        languages=("en", "de"),
        teams=("service", "broadband"),
    ),
    DemoAccount(
        email="supervisor@demo.example",
        name="Leyla Aydin",
        role="Head of Customer Service",
        employer=EMPLOYER,
        access=("agent", "supervisor", "admin"),
        languages=("en", "de"),
        teams=("service", "broadband"),
    ),
    DemoAccount(
        email="trainer@demo.example",
        name="Anjali Rao",
        role="Assistant Trainer",
        employer=EMPLOYER,
        access=("trainer",),
        languages=("en", "de"),
        teams=(),
    ),
)
