"""The Content-Security-Policy: on every page, before all that it rules over, and blessing no script but the theme's."""

import base64
import hashlib

import pytest

from explainers.site.csp import PolicyError, guard

THEME = '<script>scope=new URL("{root}",location)</script>'
PAGE = '<!doctype html><head>\n<meta charset="utf-8">\n<title>x</title>' + THEME + "</head><body>{body}</body>"


def site(folder, **bodies):
    (folder / "404.html").write_text(PAGE.format(root="/guide/", body=""), encoding="utf-8")
    for name, body in bodies.items():
        (folder / name).mkdir()
        (folder / name / "index.html").write_text(PAGE.format(root="../..", body=body), encoding="utf-8")
    return folder


def guarded(folder, body):
    guard(site(folder, page=body))
    return (folder / "page" / "index.html").read_text(encoding="utf-8")


def named(script):
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def test_the_policy_stands_before_the_first_script_and_names_the_scripts_of_the_theme(tmp_path):
    page = guarded(tmp_path, "")
    assert page.index("Content-Security-Policy") < page.index("<title>")
    assert named('scope=new URL("../..",location)') in page
    assert "default-src 'none'" in page and "unsafe-eval'" not in page.replace("wasm-unsafe-eval'", "")


@pytest.mark.parametrize(
    "body",
    ["<script>alert(1)</script>", "<SCRIPT type=module>alert(1)</SCRIPT >", '<script data-src="x">alert(1)</script>'],
)
def test_a_script_that_is_not_the_themes_stops_the_build_and_is_named_with_its_page(tmp_path, body):
    with pytest.raises(PolicyError, match=r"page.index.html holds a script that is not the theme's: 'alert\(1\)'"):
        guarded(tmp_path, body)


@pytest.mark.parametrize(
    "body", ['<script type="application/ld+json">{"a": 1}</script>', '<script src="a.js"></script>']
)
def test_data_and_our_own_files_need_no_name(tmp_path, body):
    assert guarded(tmp_path, body).count("'sha256-") == 1


def test_a_page_that_is_guarded_is_left_as_it_is(tmp_path):
    page = guarded(tmp_path, "")
    guard(tmp_path)
    assert (tmp_path / "page" / "index.html").read_text(encoding="utf-8") == page


def test_a_page_that_does_not_say_its_character_set_is_named(tmp_path):
    site(tmp_path)
    (tmp_path / "bare.html").write_text("<title>x</title>", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"bare.html does not say its character set"):
        guard(tmp_path)
