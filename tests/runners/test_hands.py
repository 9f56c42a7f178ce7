import threading

import pytest

from runners.engine.thread_pool import LONG, RowPool


@pytest.fixture
def opened():
    made = []
    yield lambda *sizes: made.append(RowPool(*sizes)) or made[-1]
    for hands in made:
        hands.close()


def meeting(rows):
    """Work that is done only once all of so many rows are in work at the same time."""
    barrier = threading.Barrier(rows)
    return lambda row: (barrier.wait(timeout=60), row)[1]


def thread(_):
    return threading.current_thread().name


def test_rows_of_a_large_vocabulary_are_looked_through_side_by_side_and_come_back_in_order(opened):
    assert opened(LONG, 3).each(meeting(3), ["a", "b", "c"]) == ["a", "b", "c"]


def test_no_more_threads_look_through_rows_than_the_engine_may_use(opened):
    assert len(set(opened(LONG, 2).each(thread, range(9)))) <= 2
    assert opened(LONG, 1).each(thread, range(9)) == [thread(None)] * 9


def test_short_rows_are_not_handed_over(opened):
    assert opened(LONG - 1, 3).each(thread, range(9)) == [thread(None)] * 9


def test_columns_are_read_side_by_side_up_to_the_shortest(opened):
    for hands in (opened(LONG, 3), opened(1, 3)):
        assert hands.each(int.__add__, [1, 2, 3, 4, 5], iter([10, 20, 30, 40])) == [11, 22, 33, 44]
        assert hands.each(int.__neg__, []) == []
