"""The action server: looks things up in the shop, and does there what a customer asked for and confirmed.

One file a topic. An action says only what the shop confirmed; its words are the `say_...` responses of `bot/domain`.
"""
