"""The page in a real browser: what a user sees, types, copies, and hears read out."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

_CHROMIUM = os.environ.get("KGBUILD_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    None,
)
pytest.importorskip("playwright")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(_CHROMIUM is None, reason="there is no Chromium here"),
]


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    return request.param


@pytest.fixture
def open_page(chromium, service):
    """Open the page; nothing may leave the machine or go wrong in the script."""
    contexts, faults = [], []

    def opened(scheme="light", at="", address=None):
        context = chromium.new_context(
            viewport={"width": 1300, "height": 900}, color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        here = address or service
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda r: r.url.startswith((here, "data:")) or faults.append(r.url),
        )
        page.on(
            "console",
            lambda m: faults.append(m.text) if "Content Security" in m.text else None,
        )
        page.goto(f"{here}/{at}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def keep(page, name):
    """Keep a picture where one is wanted."""
    if folder := os.environ.get("KGBUILD_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"service-{name}.png", full_page=True)


def annotate(page, text):
    page.get_by_label("A text, or PMIDs with commas").fill(text)
    page.get_by_role("button", name="Annotate").click()
    page.get_by_role("status").get_by_text(re.compile(r"\d+ mentions? in")).wait_for()


def test_a_text_is_shown_with_its_mentions(open_page, scheme):
    page = open_page(scheme)
    text = (
        "Losartan lowered AGTR1; 𝛼 BRAF V600E was seen in melanoma, Xyzolimab failed."
    )
    annotate(page, text)
    assert page.locator(".document p").inner_text() == text
    marks = dict(
        page.locator("mark").evaluate_all(
            "all => all.map(m => [m.textContent, m.dataset.type])"
        )
    )
    assert marks["V600E"] == "Variant"
    assert marks["melanoma"] == "Disease"
    mark = page.locator("mark", has_text="Losartan")
    assert "mesh:D019808 (Losartan)" in mark.get_attribute("title")
    mark.hover()
    panel = page.get_by_role("complementary", name="The mention pointed at")
    assert "linked by exact (1.00)" in panel.inner_text()
    url = panel.get_by_role("link", name="mesh:D019808").get_attribute("href")
    assert url == "https://meshb.nlm.nih.gov/record/ui?ui=D019808"
    assert page.locator("mark.unlinked", has_text="Xyzolimab").count() == 1
    rows = page.get_by_role("table", name="What is named").get_by_role("row")
    assert rows.filter(has_text="ncbigene:673").count() == 1
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    keep(page, f"texts-{scheme}")


def test_types_are_switched_off_and_on(open_page):
    page = open_page()
    annotate(page, "Losartan lowered AGTR1 in melanoma.")
    box = page.get_by_role("group", name="Types").get_by_label("Gene (1)")
    box.uncheck()
    assert page.locator("mark").all_inner_texts() == ["Losartan", "melanoma"]
    assert not page.get_by_role("row").filter(has_text="AGTR1").count()
    box.check()
    assert page.locator("mark").all_inner_texts() == ["Losartan", "AGTR1", "melanoma"]


def test_nested_and_crossing_mentions_are_all_there(open_page):
    page = open_page()
    spans = [(0, 12, "Disease"), (0, 6, "Anatomy"), (7, 20, "Gene"), (7, 12, "Disease")]
    text = "breast cancer genes 1 and 𝛼2."
    mentions = [
        {"start": a, "end": b, "text": text[a:b], "type": kind} for a, b, kind in spans
    ]
    document = {"id": "x", "passages": [{"text": text}], "mentions": mentions}
    body = json.dumps({"documents": [document], "failures": [], "links": {}})
    page.route("**/v1/annotate", lambda route: route.fulfill(body=body))
    annotate(page, text)
    assert page.locator(".document p").inner_text() == text
    covered = {kind: "" for _, _, kind in spans}
    for kind in covered:
        covered[kind] = "".join(
            page.evaluate(
                """kind => {
                  const out = [];
                  const walk = document.createTreeWalker(
                    document.querySelector('.document p'), NodeFilter.SHOW_TEXT);
                  while (walk.nextNode())
                    if (walk.currentNode.parentElement.closest(`[data-type=${kind}]`))
                      out.push(walk.currentNode.data);
                  return out;
                }""",
                kind,
            )
        )
    assert covered == {
        "Disease": "breast cance", "Anatomy": "breast", "Gene": "cancer genes ",
    }  # fmt: skip


def test_what_is_copied_is_what_the_formats_say(open_page):
    page = open_page()
    annotate(page, "Losartan lowered AGTR1.")
    page.get_by_role("button", name="Copy as PubTator").click()
    page.get_by_text("Copied as PubTator.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("text|t|Losartan lowered AGTR1.")
    assert "\tLosartan\tChemical\tMESH:D019808" in copied
    page.get_by_role("button", name="Copy as JSON").click()
    page.get_by_text("Copied as JSON.").wait_for()
    (document,) = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert document["mentions"][0]["text"] == "Losartan"


def test_what_ends_late_does_not_wipe_out_what_was_said_since(open_page):
    page, held = open_page(), []
    page.locator("#versions").get_by_text("kgbuild").wait_for()
    page.route("**/version", lambda route: held.append(route))
    page.reload()
    page.wait_for_function("document.readyState === 'complete'")
    annotate(page, "Losartan lowered AGTR1.")
    (late,) = held
    late.continue_()
    page.locator("#versions").get_by_text("kgbuild").wait_for()
    page.wait_for_timeout(100)
    assert "mentions in 1 document" in page.get_by_role("status").inner_text()


def test_papers_by_number_and_those_that_cannot_be_had(open_page):
    page = open_page()
    annotate(page, "99000001, 31")
    link = page.get_by_role("heading", name="PMID 99000001").get_by_role("link")
    assert link.get_attribute("href") == "https://pubmed.ncbi.nlm.nih.gov/99000001/"
    assert page.locator("mark").count() > 5
    assert "31: fetch: " in page.get_by_role("alert").inner_text()


@pytest.mark.parametrize(
    "written",
    [
        "PMID: 99000001", "PMID:99000001; pmid: 99000002",
        "https://pubmed.ncbi.nlm.nih.gov/99000001/",
    ],
)  # fmt: skip
def test_papers_as_people_write_them(open_page, written):
    page = open_page()
    annotate(page, written)
    assert "aptopril" in page.locator("#documents").inner_text()


def test_hostile_texts_stay_texts(open_page):
    page = open_page()
    text = "<img src=x onerror=alert(1)>ACE</p><script>alert(2)</script> \u202eevil\0"
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    annotate(page, text)
    assert "<script>alert(2)</script>" in page.locator(".document").inner_text()
    assert page.locator(".document img, .document script").count() == 0
    page.get_by_role("tab", name="Graph").click()
    page.get_by_label("Find a concept").fill("<img src=x onerror=alert(3)>")
    page.get_by_text("No concept is called so.").wait_for()
    page.goto(page.url.partition("#")[0] + "#graph=%3Cscript%3E")
    page.get_by_role("alert").get_by_text("no concept").wait_for()


def test_the_graph_is_searched_followed_and_read(open_page, scheme):
    page = open_page(scheme)
    page.get_by_role("tab", name="Graph").click()
    page.get_by_label("Find a concept").fill("capto")
    page.get_by_text("1 concept", exact=True).wait_for()
    page.get_by_role("list", name="Concepts found").get_by_role("button").click()
    page.get_by_role("heading", name="Captopril", exact=True).wait_for()
    page.get_by_role("status").get_by_text("Captopril is open.").wait_for()
    assert page.get_by_role("link", name="mesh:D002216").count() == 1
    assert "papers" in page.locator("#evidence-head").inner_text()
    page.get_by_role("button", name="Evidence for ACE", exact=True).click()
    page.get_by_role(
        "heading", name=re.compile("Captopril and ACE: .* sentence")
    ).wait_for()
    sentence = page.locator("#evidence li").first
    assert sentence.locator("mark").count() >= 2
    assert "PMID" in sentence.inner_text()
    keep(page, f"graph-{scheme}")
    page.get_by_label("Neighbors of type").select_option("Gene")
    page.get_by_text(re.compile(r"^[1-3] neighbors?$")).wait_for()
    # Concepts are links of the network too, and the browser's back button works.
    page.locator("#network").get_by_role("link", name=re.compile("^ACE, Gene")).click()
    page.get_by_role("heading", name="ACE", exact=True).wait_for()
    page.go_back()
    page.get_by_role("heading", name="Captopril", exact=True).wait_for()


def test_everything_is_reached_by_keys(open_page):
    page = open_page()
    page.get_by_label("A text, or PMIDs with commas").focus()
    page.keyboard.type("Losartan lowered AGTR1.")
    page.keyboard.press("Control+Enter")
    page.locator("mark").first.wait_for()
    for _ in range(7):
        page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.textContent")
    assert focused == "Losartan"
    assert page.get_by_role("complementary").is_visible()
    page.get_by_role("tab", name="Texts and papers").focus()
    page.keyboard.press("ArrowRight")
    assert (
        page.get_by_role("tab", name="Graph").get_attribute("aria-selected") == "true"
    )
    assert page.get_by_role("tabpanel").count() == 1
    page.locator("#found button").first.wait_for()
    page.keyboard.press("Tab")
    page.keyboard.type("enalapril")
    page.locator("#found li:first-child").get_by_text("Enalapril").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Enalapril", exact=True).wait_for()
    page.get_by_text("Enalapril is open.").wait_for()
    assert page.evaluate("document.activeElement.id") == "concept-name"


def test_every_control_has_a_name(open_page):
    page = open_page(at="#graph=captopril")
    page.get_by_text("Captopril is open.").wait_for()
    page.get_by_role("tab", name="Texts and papers").click()
    annotate(page, "Losartan lowered AGTR1.")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, a')]
          .filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') ||
                         (e.labels && e.labels.length)))
          .map(e => e.outerHTML)"""
    )
    assert nameless == []
    assert page.evaluate("document.documentElement.lang") == "en"


def test_words_stand_out_from_what_is_behind_them(open_page, scheme):
    page = open_page(scheme)
    annotate(page, "Losartan lowered AGTR1.")
    least = page.evaluate(
        """() => {
          const light = c => { const [r, g, b] = c.map(v => { v /= 255;
            return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
            return .2126 * r + .7152 * g + .0722 * b; };
          const parse = s => s.match(/[\\d.]+/g).slice(0, 3).map(Number);
          const behind = e => { for (; e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor;
            if (c.startsWith('rgb(')) return parse(c); } return [255, 255, 255]; };
          let least = 99;
          const all = document.querySelectorAll('p, a, button, label, td, th, h1, h2');
          for (const e of all) {
            if (!e.offsetParent || e.disabled || !e.textContent.trim()) continue;
            const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
            least = Math.min(least, (Math.max(a, b) + .05) / (Math.min(a, b) + .05));
          }
          return least;
        }"""
    )
    assert least >= 4.5  # WCAG 2, level AA


def test_where_a_token_is_needed_the_page_asks_for_it(open_page, run_folder):
    from running_service import running

    import kgbuild as kg
    from kgbuild.service import ServiceSettings

    token = "0123456789abcdef"
    settings = ServiceSettings(token=token, run=run_folder)
    with running(settings, pipeline=kg.Pipeline([])) as (address, _):
        page = open_page(address=address)
        page.get_by_label("This service asks for a token").fill(token)
        page.get_by_role("button", name="Use it").click()
        page.get_by_text("kgbuild 0.1").wait_for()
        assert page.locator("#token-form").is_hidden()
        page.get_by_role("tab", name="Graph").click()
        page.locator("#found button").first.wait_for()
        page.close()


def test_it_fits_a_telephone(chromium, service):
    context = chromium.new_context(viewport={"width": 380, "height": 800})
    page = context.new_page()
    page.goto(f"{service}/#graph=captopril")
    page.get_by_text("Captopril is open.").wait_for()
    wide = page.evaluate("document.documentElement.scrollWidth")
    keep(page, "narrow")
    context.close()
    assert wide <= 380


@pytest.mark.parametrize("width", [360, 390])
def test_texts_fit_a_telephone(chromium, service, width):
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(service)
    page.get_by_text("kgbuild 0.1").wait_for()
    for act in ("", "Example"):
        if act:
            page.get_by_role("button", name=act).click()
            page.locator("mark").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{service}/#graph")
    page.locator("#found button").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{service}/#graph=hypertension")
    page.get_by_text("Hypertension is open.").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_an_address_that_is_cut_off_gets_a_sentence(open_page):
    page = open_page()
    page.evaluate("location.hash = '#graph=%E0%A4%A'")
    page.get_by_role("alert").get_by_text("names no concept").wait_for()


def test_a_graph_that_is_behind_its_store_says_so(open_page, tmp_path):
    from running_service import running

    import kgbuild as kg
    from kgbuild.document import Mention
    from kgbuild.service import ServiceSettings

    def paper(number):
        names = (("Losartan", "Chemical", "mesh:D019808"), ("ACE", "Gene", "my:ACE"))
        text = "Losartan is not ACE."
        mentions = [
            Mention(
                start=text.index(n), end=text.index(n) + len(n), text=n, type=kind,
                concepts=(concept,),
            )
            for n, kind, concept in names
        ]  # fmt: skip
        return kg.Document.from_text(text, id=number).with_mentions(mentions)

    settings = ServiceSettings(store=tmp_path / "annotations.db")
    with running(settings, pipeline=kg.Pipeline([])) as (address, desk):
        desk.store.put([paper("1")], versions={"link": "x"})
        page = open_page(address=address)
        page.get_by_role("tab", name="Graph").click()
        page.locator("#found button").first.wait_for()
        assert page.locator("#behind").is_hidden()
        knowledge = desk.knowledge
        knowledge._held = replace(knowledge.held(), due=time.monotonic() + 600)
        desk.store.put([paper("2")], versions={"link": "x"})
        page.get_by_label("Find a concept").fill("losartan")
        page.get_by_text("The graph does not have 1 paper of the store yet.").wait_for()
        page.close()
