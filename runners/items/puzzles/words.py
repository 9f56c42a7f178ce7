"""Vocabulary of the puzzles. Each word is one token of the twins, and none is a word of another kind."""

_THINGS = (
    "anvil apple arrow barrel basket blanket bottle brick broom bucket button candle carpet chain chest clock compass "
    "crate cushion drum feather fork funnel hammer helmet jar kettle key ladder lamp lantern mirror needle nail pebble "
    "pillow plate ribbon rope saddle shovel sponge stone thimble trunk umbrella vase whistle"
)
THINGS = tuple(_THINGS.split())

PEOPLE = ("ana", "bela", "cyril", "dora", "emil", "flora", "gus", "hedda")
PLACES = ("kitchen", "cellar", "attic", "stable", "chapel", "market", "forest", "harbour")
