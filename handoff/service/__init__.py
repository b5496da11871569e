"""Use cases over ports: carrying out commands, access, time, the bot's turns, what each reader may see."""
