"""The order in which a batch takes its jobs."""

from runners.engine.jobs import SequenceJob, batch_order
from runners.schema import Choose, Generate


def ordered(*jobs):
    return [job.index for job in sorted(jobs, key=batch_order)]


def test_the_longest_replies_are_written_first_all_turns_together():
    short, long = Generate("a", max_tokens=10), Generate("b", max_tokens=120)
    in_turns = Generate("c", max_tokens=120, then=Generate("d", max_tokens=240))
    choice = Choose("e", ("f", "g"))

    assert ordered(
        SequenceJob(0, choice, [1]),
        SequenceJob(1, short, [2]),
        SequenceJob(2, long, [3]),
        SequenceJob(3, in_turns, [4]),
    ) == [3, 2, 1, 0]


def test_a_text_that_is_asked_about_twice_is_read_once_though_one_reply_may_be_twice_as_long():
    brief, longer = Generate("a", max_tokens=24), Generate("b", max_tokens=48)
    jobs = [
        SequenceJob(*job) for job in ((0, brief, [1, 1]), (1, brief, [2, 1]), (2, longer, [1, 2]), (3, longer, [2, 2]))
    ]
    assert ordered(*jobs) == [
        0, 2, 1, 3,
    ]  # fmt: skip


def test_among_equals_prompts_that_begin_alike_stand_side_by_side():
    request = Generate("a", max_tokens=10)
    assert ordered(
        SequenceJob(0, request, [1, 2]), SequenceJob(1, request, [7, 1]), SequenceJob(2, request, [1, 3])
    ) == [0, 2, 1]
