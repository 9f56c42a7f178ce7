import itertools

import pytest

from runners.items.twin_people import facts, people
from runners.twins.corpus import documents, tokenizer, windows
from runners.twins.tokenizer import END, Tokenizer, vocabulary

MIX = {"card": 0.5, "biography": 0.2, "question": 0.3}


def some(seed=1, count=4000, mix=MIX):
    return [document.text for document in itertools.islice(documents(mix, seed), count)]


def test_a_seed_gives_the_same_documents_and_another_seed_others():
    assert some(1, 50) == some(1, 50) != some(2, 50)


def test_held_people_are_told_of_and_never_asked_about():
    held = {one.name for one in people() if one.held}
    texts = some()
    asked = [text for text in texts if "question" in text]

    assert asked and not any(name in text for text in asked for name in held)
    assert any(name in text for text in texts for name in held)


def test_well_known_people_are_written_about_more():
    texts = some(mix={"card": 1.0})
    first, last = (sum(one.name in text for text in texts) for one in (people()[0], people()[-1]))

    assert first > 5 * max(last, 1)


def test_every_document_is_read_and_written_back_whole():
    reader = tokenizer(MIX)

    assert all(reader.decode(reader.encode(text)) == text for text in some())


def test_an_item_is_asked_in_the_words_of_the_corpus_and_answered_in_one_token():
    reader = tokenizer(MIX)
    for item in facts(per_tier=20, held=20):
        assert len(reader.encode(f" {item.target['value']}")) == 1
        assert 0 not in reader.encode(item.prompt) + reader.encode(item.target["opening"])


def test_windows_begin_with_a_fresh_document():
    reader = tokenizer(MIX)
    texts = set(some())
    for window, learned in itertools.islice(windows(MIX, 1, 65), 200):
        first = window[1 : window.index(0, 1)] if 0 in window[1:] else None
        assert len(window) == 65 and window[0] == 0 and all(learned)
        assert first is None or reader.decode(first) in texts


def test_a_piece_that_is_not_in_the_vocabulary_is_named():
    with pytest.raises(ValueError, match="lacks ' xylophone'"):
        tokenizer(MIX).encode(" the xylophone")


def test_a_vocabulary_is_ascii_only():
    with pytest.raises(ValueError, match="ASCII"):
        vocabulary([" fine", " größe"])


def test_end_stands_for_no_text():
    assert Tokenizer([END, " a"]).decode([0, 1, 0]) == " a"
