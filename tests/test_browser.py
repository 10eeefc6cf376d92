"""The browser that tests of pages share: sees, complains, and keeps to this machine."""

import asyncio

import pytest

from tests.browser import browsing, pixels

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RED_LEFT = "<body style='margin:0'><div style='background:rgb(200,10,20);width:50vw;height:100vh'>"


def visit(chromium, html):
    with browsing(chromium) as context:
        page = context.new_page()
        page.goto(f"data:text/html,{html}")
        page.wait_for_load_state()


def test_pixels_are_what_the_page_shows(context):
    page = context.new_page()
    page.goto(f"data:text/html,{RED_LEFT}")
    seen = pixels(page)
    assert seen.shape == (800, 1280, 3)
    assert (seen[:, :640] == (200, 10, 20)).all()
    assert (seen[:, 640:] == 255).all()
    assert pixels(page, clip={"x": 630, "y": 0, "width": 20, "height": 5}).shape == (5, 20, 3)


def test_an_error_of_a_script_fails_the_test(chromium):
    with pytest.raises(AssertionError, match="not on my watch"):
        visit(chromium, "<script>throw new Error('not on my watch')</script>")


def test_what_a_policy_refuses_fails_the_test(chromium):
    policy = "<meta http-equiv='Content-Security-Policy' content=\"script-src 'none'\">"
    with pytest.raises(AssertionError, match="Content Security Policy"):
        visit(chromium, f"{policy}<script>1</script>")


def test_no_other_host_is_asked(context):
    page = context.new_page()
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("https://example.com/")


def test_profiles_share_nothing(chromium):
    for _ in range(2):
        with browsing(chromium) as context:
            page = context.new_page()
            page.route("http://127.0.0.1:9/", lambda route: route.fulfill(body="<title>x</title>"))
            page.goto("http://127.0.0.1:9/")
            assert page.evaluate("localStorage.length") == 0
            page.evaluate("localStorage.setItem('key', 'mine')")


def test_loops_of_other_tests_run_between_browsers(chromium):
    async def answer():
        return 42

    assert asyncio.run(answer()) == 42
    with browsing(chromium) as context:
        assert context.new_page().evaluate("6 * 7") == 42
    assert asyncio.run(answer()) == 42


def test_maps_are_drawn_in_software(context):
    version = "document.createElement('canvas').getContext('webgl2').getParameter(7938)"
    assert "WebGL 2.0" in context.new_page().evaluate(version)
