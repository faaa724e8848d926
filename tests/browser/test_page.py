"""The page in a Chromium: what scripts, style and the browser make of it."""

import contextlib
import re
from urllib.parse import quote

import pytest

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = pytest.mark.browser

LONG = "det(X)*x'*A*x+tr(A*X'*B*X*C)*norm2(A*x-y)-log(det(X))*exp(-lambda)"
LONG_RESULT = "/?expression=" + quote(
    "norm2(B*((A*x).*(vector(1)+erf(A*x/2^(1/2)))/2)-y)^2&wrt=x&order=2", safe="()*./^&='"
)
STATES = {
    "empty": "/",
    "answer": "/?expression=det(X)*x'*A*x&wrt=X&var=A:+symmetric",
    "error": "/?expression=x'*(A*x+%2B+sun(y))",
    "tensor": "/?expression=A*X*B*X&wrt=X",
    "long": "/?wrt=X&expression=" + LONG.replace("+", "%2B"),
    "folded": LONG_RESULT,
    "reference": "/reference",
    "docs": "/docs",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_everyone_can_use_it(visit, state, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    page = visit(STATES[state], scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
    for width in (320, 390, 1100):
        page.set_viewport_size({"width": width, "height": 800})
        visit.check()
        found = axe.Axe().run(page)
        assert found.violations_count == 0, (width, found.generate_report())


def typed(page, text):
    page.fill("#expression", text)
    with page.expect_response("**/api/v1/parse"):
        pass


def until(page, condition):
    """Wait for it; the page's own policy forbids the way of Playwright."""
    for _ in range(100):
        with contextlib.suppress(api.Error):  # while another page is loaded there is none to ask
            if page.evaluate(condition):
                return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


def preview(page):
    return page.locator("#drawn").inner_text().replace("\u2061", "").replace("\u2062", "")


def test_it_is_drawn_while_one_types(visit):
    page = visit()
    typed(page, "x'*A*x")
    page.wait_for_selector("#rows .row >> nth=1")
    assert page.locator("#drawn math").count() == 1
    assert page.locator("#kind").inner_text() == "scalar"
    rows = page.locator("#rows .row")
    assert rows.evaluate_all("rows => rows.map(r => r.dataset.name)") == ["A", "x"]
    values = page.locator("#chips input").evaluate_all("all => all.map(i => i.value)")
    assert values == ["A", "x", ""]


def test_on_an_error_the_last_preview_stays(visit):
    page = visit()
    typed(page, "x'*A*x")
    page.wait_for_selector("#drawn math")
    good = preview(page)
    typed(page, "x'*A*sun(x)")
    page.wait_for_selector("#preview.stale")
    assert preview(page) == good
    assert page.locator("#echo mark").inner_text() == "sun"
    assert page.get_attribute("#expression", "aria-invalid") == "true"
    assert "sun" in page.locator("#problem").inner_text()
    typed(page, "x'*A*x")
    page.wait_for_selector("#preview:not(.stale)")
    assert page.locator("#problem").inner_text() == ""
    assert page.locator("#echo mark").count() == 0


def test_places_are_right_behind_what_takes_two_units(visit):
    page = visit()
    typed(page, "𝒳 + sun(y)")
    page.wait_for_selector("#echo mark")
    marked = page.evaluate("document.querySelector('#echo').innerHTML")
    assert re.search("<mark>(sun|𝒳)</mark>", marked)


def test_the_mark_is_under_what_it_marks(visit):
    page = visit(width=320)
    typed(page, "det(X)*x'*A*x + tr(A*X'*B*X*C) + sun(y)")
    page.wait_for_selector("#echo mark")
    echo, field = page.locator("#echo").bounding_box(), page.locator("#expression").bounding_box()
    assert echo == field


def test_stale_answers_are_dropped(visit):
    page = visit()

    def late(route):
        if "x'*x" in route.request.post_data:
            page.wait_for_timeout(600)
        route.continue_()

    page.route("**/api/v1/parse", late)
    page.fill("#expression", "x'*x")
    page.wait_for_timeout(150)
    page.fill("#expression", "tr(A)")
    until(page, "document.querySelector('#drawn').dataset.text === 'tr(A)'")
    page.wait_for_timeout(700)
    assert page.get_attribute("#drawn", "data-text") == "tr(A)"


def test_an_answer_by_keyboard_alone(visit):
    page = visit()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    page.keyboard.type("x'*A*x")
    page.keyboard.press("Shift+Enter")
    assert "\n" in page.input_value("#expression")
    page.keyboard.press("Enter")
    page.wait_for_selector(".result")
    assert page.locator(".result").count() == 2
    assert "Answered: Gradient by A, Gradient by x" in page.locator("#status").inner_text()


def test_the_skip_link_comes_first(visit):
    page = visit(STATES["answer"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    until(page, "document.activeElement.id === 'main'")


def test_the_toolbar_is_one_stop_with_arrows(visit):
    page = visit()
    page.fill("#expression", "x")
    page.press("#expression", "Tab")
    assert page.evaluate("document.activeElement.dataset.after") == "'"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.call") == "inv"
    page.keyboard.press("Enter")
    assert page.input_value("#expression") == "xinv()"


def test_declarations_go_into_the_address(visit):
    page = visit()
    typed(page, "x'*A*x")
    page.wait_for_selector('[name="structure.A"]')
    with page.expect_response("**/api/v1/parse"):
        page.select_option('[name="structure.A"]', "symmetric")
    until(page, "document.querySelector('[data-name=A] .said').textContent === 'declared'")
    page.check("#chips input[value=x]", force=True)
    page.press("#expression", "Enter")
    page.wait_for_selector(".result")
    assert page.url.partition("/?")[2] == "expression=x%27*A*x&wrt=x&var=A:+symmetric"
    shown = page.get_attribute(".big .formula", "data-text")
    assert shown == "2*A*x"
    page.reload()
    assert page.get_attribute(".big .formula", "data-text") == shown
    assert page.input_value('[name="structure.A"]') == "symmetric"


@pytest.mark.parametrize("state", ["answer", "tensor", "long"])
def test_every_link_opens_the_same_answer(visit, state):
    page = visit(STATES[state])
    shown = page.locator("#answer").inner_text()
    link = page.get_attribute(".link a", "href")
    page.goto(link)
    assert page.locator("#answer").inner_text() == shown
    page.press("#expression", "Enter")
    until(page, "document.querySelector('#status').textContent.startsWith('Answered')")
    assert page.url.endswith(link)


def test_the_names_of_shared_parts_can_be_switched_off_and_on(visit):
    page = visit(LONG_RESULT)
    text = "document.querySelector('.big .formula').dataset.text"
    assert " where T1 = " in page.evaluate(text)
    page.click("text=Write it out without names")
    assert " where " not in page.evaluate(text)
    assert page.url.endswith("&fold=no")
    assert not page.is_checked("#fold")
    page.check("#fold")
    until(page, f"{text}.includes(' where T1 = ')")
    assert page.url.endswith("&order=2")
    page.uncheck("#fold")
    until(page, f"!{text}.includes(' where ')")
    assert page.url.endswith("&fold=no")


def test_the_switch_works_without_scripts(visit):
    page = visit(LONG_RESULT, scripts=False)
    page.click("text=More")
    page.uncheck("#fold")
    page.click("button.main")
    assert page.url.endswith("&order=2&fold=no")
    assert " where " not in page.get_attribute(".big .formula", "data-text")
    page.check("#fold")
    page.click("button.main")
    assert page.url.endswith("&order=2")


def test_long_work_shows_that_it_goes_on_and_can_be_stopped(visit):
    page = visit(STATES["answer"])
    page.route("**/?expression=*", lambda route: None)  # an answer that never comes
    page.fill("#expression", "tr(A)")
    page.press("#expression", "Enter")
    page.wait_for_selector("#working:not([hidden])")
    until(page, "document.querySelector('#elapsed').textContent.endsWith('1 s')")
    page.click("#stop")
    assert page.locator("#working").is_hidden()
    assert page.locator("#answer.busy").count() == 0
    assert page.input_value("#expression") == "tr(A)"
    page.unroute("**/?expression=*")
    page.press("#expression", "Enter")
    until(page, "document.title.startsWith('tr(A)')")


def test_a_server_that_is_gone_costs_nothing_that_was_typed(visit):
    page = visit(STATES["answer"])
    page.route("**/?expression=*", lambda route: route.abort())
    page.fill("#expression", "tr(A*B)")
    page.press("#expression", "Enter")
    page.wait_for_selector("#problem >> text=cannot be reached")
    assert page.input_value("#expression") == "tr(A*B)"
    assert page.get_attribute("#expression", "aria-invalid") is None
    page.unroute("**/?expression=*")
    page.route("**/?expression=*", lambda route: route.fulfill(status=502, body="no gateway"))
    page.press("#expression", "Enter")
    page.wait_for_selector("#problem >> text=status 502")
    visit.forgive()  # the browser itself complains of both


def test_there_is_always_room_for_another_assumption(visit):
    page = visit("/?expression=norm2(A*x-y)^2&wrt=x")
    page.click("text=More")
    page.fill("[name=where]", "r = A*x-y")
    page.fill("[name=where] >> nth=1", "b = y'*y")
    assert page.locator("[name=where]").count() == 3
    page.press("#expression", "Enter")
    until(page, "location.search.split('where=').length === 3")
    assert page.get_attribute(".big .formula", "data-text") == "2*A'*r"
    page.reload()
    assert page.locator("[name=where]").count() == 3


def test_who_is_quick_sees_the_preview_too(visit):
    page = visit()
    page.fill("#expression", "x'*A*x")
    page.press("#expression", "Enter")
    page.wait_for_selector(".result")
    until(page, "document.querySelector('#drawn').dataset.text === \"x'*A*x\"")
    assert page.locator("#rows .row").count() == 2


def test_a_preview_does_not_speak_over_the_answer(visit):
    page = visit("/?expression=x'*A*x&wrt=z")
    message = page.locator("#problem").inner_text()
    assert "no variable z" in message
    with page.expect_response("**/api/v1/parse"):
        page.press("#expression", "Enter")
    page.wait_for_timeout(300)
    assert page.locator("#problem").inner_text() == message


def test_a_second_question_overtakes_the_first(visit):
    page = visit()
    page.fill("#expression", "det(X)")
    page.press("#expression", "Enter")
    page.fill("#expression", "tr(X)")
    page.press("#expression", "Enter")
    until(page, "document.title.startsWith('tr(X)')")
    assert page.get_attribute(".big .formula", "data-text") == "eye(n)"


def test_the_answer_comes_into_view(visit):
    page = visit(width=390)
    typed(page, "det(X)*x'*A*x")
    page.press("#expression", "Enter")
    page.wait_for_selector(".result")
    box = "document.querySelector('.result .big').getBoundingClientRect()"
    until(page, f"{box}.top >= 0 && {box}.bottom <= innerHeight")


def test_what_is_declared_can_be_taken_back(visit):
    page = visit(STATES["answer"])
    with page.expect_response("**/api/v1/parse"):
        page.click("[data-name=A] .forget")
    until(page, "document.querySelector('[data-name=A] .said').textContent === 'default'")
    assert page.input_value('[name="structure.A"]') == "general"
    assert page.locator("[data-name=A] .forget").is_hidden()
    page.press("#expression", "Enter")
    until(page, "!location.search.includes('var=')")


def test_a_long_text_is_refused_and_not_cut(visit):
    page = visit()
    text = "+".join(["norm2(A*x-y)^2"] * 300)
    page.fill("#expression", text)
    page.press("#expression", "Enter")
    page.wait_for_selector("#problem >> text=the limit is 4000")
    assert page.input_value("#expression") == text


def test_the_language_of_code_is_kept(visit):
    page = visit("/?expression=x'*A*x&wrt=x")
    page.click("[data-language=julia]")
    page.goto(STATES["answer"])
    chosen = page.locator('[role="tab"][aria-selected="true"]')
    assert chosen.all_inner_texts() == ["Julia"]
    page.click('[role="tabpanel"]:visible >> text=Copy code')
    page.wait_for_selector("text=Copied")
    assert "function derivative(" in page.evaluate("navigator.clipboard.readText()")


def test_back_goes_to_the_question_before(visit):
    page = visit(STATES["answer"])
    page.fill("#expression", "tr(A)")
    page.press("#expression", "Enter")
    until(page, "document.title.startsWith('tr(A)')")
    page.go_back()
    until(page, "document.querySelector('#expression').value.startsWith('det')")


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("Copy text", "x'*A*x*adj(X)'"),
        ("Copy LaTeX", r"\operatorname{adj}"),
        ("Copy MathML", "<math "),
        ("Copy code", "def derivative("),
        ("Copy link", "/?expression="),
    ],
)
def test_copying(visit, button, expected):
    page = visit(STATES["answer"])
    page.click(f"text={button}")
    page.wait_for_selector("text=Copied")
    assert expected in page.evaluate("navigator.clipboard.readText()")


def test_a_formula_is_copied_in_the_input_language(visit):
    page = visit(STATES["answer"])
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.big .formula'))")
    page.keyboard.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()") == "x'*A*x*adj(X)'"


def test_history_is_kept_in_the_browser_and_cleared(visit):
    page = visit(STATES["answer"])
    page.goto(STATES["tensor"])
    page.click("#history summary")
    assert page.locator("#history li").count() == 2
    assert page.locator("#history li").first.inner_text() == "A*X*B*X by X"
    page.click("#forget")
    assert page.locator("#history").is_hidden()


def test_the_theme_is_kept(visit):
    page = visit()
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.click("#theme")
    dark = page.evaluate(background)
    assert dark != light
    assert page.get_attribute("#theme", "aria-pressed") == "true"
    page.reload()
    assert page.evaluate(background) == dark
    for other in ("/docs", "/reference"):
        page.goto(other)
        assert page.evaluate(background) == dark
        assert page.get_attribute("#theme", "aria-pressed") == "true"
    page.click("#theme")
    assert page.evaluate(background) == light


def test_formulas_are_drawn_in_the_font_served_here(visit):
    page = visit(STATES["answer"])
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('20px \"mcalc math\"')")


def test_without_scripts(visit):
    page = visit(scripts=False)
    page.fill("#expression", "x'*A*x")
    page.click("button.main")
    assert page.locator(".result").count() == 2
    page.select_option('[name="structure.A"]', "symmetric")
    page.check("#chips input[value=x]", force=True)
    page.click("button.main")
    assert page.url.partition("/?")[2] == "expression=x%27*A*x&wrt=x&var=A:+symmetric"
    assert page.get_attribute(".big .formula", "data-text") == "2*A*x"


def test_paper_shows_no_form(visit):
    page = visit(STATES["answer"])
    page.emulate_media(media="print")
    assert page.locator("#question").is_hidden()
    assert page.locator(".result").is_visible()
    assert page.locator("#examples").is_hidden()
    question = page.locator("#answer .paper").inner_text()
    assert question.startswith("det(X)*x'*A*x, where A: symmetric matrix, n × n")
