"""A chat template comes with the weights, so it may be written by anyone: it gives a prompt, or a clear refusal."""

import contextlib
import resource
import signal
import time

import pytest

from runners.engine import chat_template
from runners.engine.chat_template import TemplateError, join_as_paragraphs, render
from runners.models.gguf import read_header

CHATML = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
    "{{ '<|im_start|>system\nBe helpful<|im_end|>\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
HELLO = [{"role": "user", "content": "Hello {{ 7 * 7 }} {% raw %}"}]


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(chat_template, "SECONDS", 0.4)


def rendered(source, messages=HELLO):
    return render(source, messages, bos="<s>", eos="</s>")


def test_a_chatml_template_gives_the_turns_and_opens_the_next():
    turns = [
        {"role": "system", "content": "Be short."},
        *HELLO,
        {"role": "assistant", "content": "Hi."},
        {"role": "user", "content": "Ünd ☃?"},
    ]
    assert rendered(CHATML, turns) == (
        "<|im_start|>system\nBe short.<|im_end|>\n"
        "<|im_start|>user\nHello {{ 7 * 7 }} {% raw %}<|im_end|>\n"
        "<|im_start|>assistant\nHi.<|im_end|>\n"
        "<|im_start|>user\nÜnd ☃?<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert rendered(CHATML).startswith("<|im_start|>system\nBe helpful<|im_end|>\n<|im_start|>user\nHello {{ 7 * 7 }}")


def test_the_starter_models_own_template_gives_chatml(starter):
    text = rendered(read_header(starter.path).metadata["tokenizer.chat_template"])
    assert text.endswith("<|im_start|>user\nHello {{ 7 * 7 }} {% raw %}<|im_end|>\n<|im_start|>assistant\n")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ bos_token }}{{ eos_token }}{{ tools is none }}", "<s></s>True"),
        ("  {% if true %}\n  x\n  {% endif %}\ny", "  x\ny"),  # blocks leave no white space behind
        ("{% for n in range(9) %}{% if n == 2 %}{% break %}{% endif %}{{ n }}{% endfor %}", "01"),
        ("{{ {'a': 'ü<'} | tojson }}|{{ [1] | tojson(indent=1) }}", '{"a": "ü<"}|[\n 1\n]'),
        ("{% generation %}{{ 1 + 2 * 3 ** 2 % 5 }}{% endgeneration %}", "4"),
        (
            "{{ 'ab' * 3 }} {{ '%s=%d' % ('n', 4) }} {{ '{:>4}'.format('x') }} {{ '%03d' | format(7) }}",
            "ababab n=4    x 007",
        ),
        ("{% set ns = namespace(n=1) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}{{ ' x '.strip() }}", "2x"),
        ("{{ messages | selectattr('role', 'equalto', 'user') | list | length }}", "1"),
    ],
)
def test_what_templates_on_the_hub_use_works(source, text):
    assert rendered(source) == text


def test_a_base_model_without_a_template_is_given_the_turns_as_paragraphs():
    turns = [{"role": "system", "content": ""}, {"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}]
    assert join_as_paragraphs(turns) == "A\n\nB\n\n"


def test_the_prompt_does_not_change_with_the_date_or_by_chance():
    assert rendered("{{ strftime_now('%d %B %Y') }}") == "01 January 2026"
    for source in ("{{ [1, 2, 3] | random }}", "{{ lipsum() }}", "{{ now() }}"):
        with pytest.raises(TemplateError):
            rendered(source)


DOUBLING = "{% set ns = namespace(x='aaaaaaaa') %}{% for n in range(60) %}{% set ns.x = ns.x OP ns.x %}{% endfor %}"
HOSTILE = {
    "private attributes": "{{ ''.__class__.__mro__ }}",
    "private attributes by filter": "{{ (''|attr('__class__')).__mro__ }}",
    "private attributes by format": "{{ '{0.__class__.__mro__}'.format('') }}",
    "globals of a function": "{{ raise_exception.__globals__['os'] }}",
    "the frame of a generator": "{{ (messages|map('upper')).gi_frame.f_globals }}",
    "importing": "{% import 'os' as os %}",
    "including": "{% include '/etc/passwd' %}",
    "changing the conversation": "{{ messages.append(1) }}",
    "an endless loop": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "an endless text": "{% for i in range(99999) %}{% for j in range(99999) %}xxxxxxxxx{% endfor %}{% endfor %}",
    "a loop that costs nothing to write": "{{ range(99999)|map('string')|map('length')|sum }}" * 99,
    "a tower of powers": "{{ 9**9**9 }}",
    "a tower of powers, slowly": DOUBLING.replace("'aaaaaaaa'", "9").replace("ns.x OP ns.x", "ns.x ** 9"),
    "products that double": DOUBLING.replace("'aaaaaaaa'", "9").replace("OP", "*"),
    "texts that double": DOUBLING.replace("OP", "+"),
    "texts that double, joined": DOUBLING.replace("OP", "~"),
    "a text many times": "{{ 'a' * 10**10 }}",
    "a text many times, the other way round": "{{ 10**10 * 'a' }}",
    "a text many times, in two steps": "{{ ('a' * 99999) * 99999 }}",
    "a list many times": "{{ [0] * 10**10 }}",
    "a giant range": "{{ range(10**10)|list }}",
    "a giant number": "{{ '9' * 99999 | int }}{{ ('1' * 99999)|int(base=2) * 2 }}",
    "a wide number": "{{ '%1000000000d' % 1 }}",
    "a wide number by star": "{{ '%*d' % (1000000000, 1) }}",
    "a wide number by filter": "{{ '%1000000000d'|format(1) }}",
    "a wide text": "{{ '{:>999999999}'.format(1) }}",
    "a wide text by nesting": "{{ '{:>{w}}'.format(1, w=999999999) }}",
    "a wide text by mapping": "{{ '{a:>999999999}'.format_map({'a': 1}) }}",
    "centring": "{{ 'a'|center(10**9) }}",
    "centring by method": "{{ 'a'.center(10**9) }}",
    "zeros": "{{ 'a'.zfill(10**9) }}",
    "tabs": "{{ ('\t' * 9999).expandtabs(99999) }}",
    "indenting": "{{ 'a\nb'|indent(10**9) }}",
    "indenting JSON": "{{ [1]|tojson(indent=10**9) }}",
    "replacing": "{{ ('a' * 99999)|replace('a', 'a' * 99999) }}",
    "a wide date": "{{ strftime_now('%999999999d') }}",
    "its own refusal": "{{ raise_exception('roles must alternate') }}",
    "a macro without end": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "deep brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "deep loops": "{% for i in [1] %}" * 50 + "{% endfor %}" * 50,
    "deep lists": DOUBLING.replace("60", "99999").replace("ns.x OP ns.x", "[ns.x]") + "{{ ns.x }}",
    "no template at all": "{% for %}{{",
    "an unknown filter": "{{ messages|nothing }}",
    "a field that is not there": "{{ messages[7].content.more }}",
    "a division by zero": "{{ 1 // 0 }}",
    "text as a number": "{{ 'a' + 1 }}",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_template_is_refused_quickly_and_takes_little_memory(source):
    peak, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(TemplateError, match="chat template"):
        rendered(source)
    assert time.process_time() - began < 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 300_000  # kB


def test_a_refusal_says_why_and_stays_short():
    with pytest.raises(TemplateError, match="roles must alternate"):
        rendered("{{ raise_exception('roles must alternate') }}")
    with pytest.raises(TemplateError) as caught:
        rendered("{{ raise_exception('x' * 90000) }}")
    assert len(str(caught.value)) <= 500


def test_alarm_and_memory_limit_are_gone_afterwards():
    handler, limit = signal.getsignal(signal.SIGALRM), resource.getrlimit(resource.RLIMIT_AS)
    for source in (CHATML, HOSTILE["an endless loop"]):
        with contextlib.suppress(TemplateError):
            rendered(source)
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        assert signal.getsignal(signal.SIGALRM) == handler
        assert resource.getrlimit(resource.RLIMIT_AS) == limit


def test_a_conversation_is_not_changed_by_its_template():
    turns = [{"role": "user", "content": "A"}]
    rendered("{% for message in messages %}{% set _ = message %}{{ message.content }}{% endfor %}", turns)
    assert turns == [{"role": "user", "content": "A"}]
