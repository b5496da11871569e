"""A step of the schema that is not there yet, to see a migration at work."""

from handoff.storage.sqlite.schema import STEPS, Step

NEXT_STEP = Step(
    version=STEPS[-1].version + 1,
    title="a column for tests",
    statements=(
        "ALTER TABLE conversations ADD COLUMN mood TEXT",
        "UPDATE conversations SET mood = 'calm'",
        "CREATE INDEX conversations_mood ON conversations (mood)",
    ),
)
