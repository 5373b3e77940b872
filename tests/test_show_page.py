"""The page of `make show` in a browser, Debian's chromium, without a screen:
steps, addresses, the keyboard, both widths, dark and light."""

import re
import shutil
import sys

import pytest

from lib.build import ROOT
from lib.showtext import random_memory, story

sys.path[:0] = [str(ROOT / "conf")]
from labshow import console, page  # noqa: E402

webdriver = pytest.importorskip(
    "selenium.webdriver", reason="no selenium. Try: sh conf/setup")
from selenium.common.exceptions import WebDriverException  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.wait import WebDriverWait  # noqa: E402

DRIVER = shutil.which("chromedriver")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
if not (DRIVER and BROWSER):
    pytest.skip("no chromium with its driver. Try: sh conf/setup",
                allow_module_level=True)

LIMIT = 60  # seconds for what takes a moment on an idle machine
WIDTHS = {1300: 900, 400: 800}
MODES, ACCESSES = ("user", "kernel", "sum"), ("read", "write", "execute")


class Browser:
    """A window of this size on a page of these consoles."""

    def __init__(self, folder, width, is_dark):
        options = webdriver.ChromeOptions()
        options.binary_location = BROWSER
        for option in ("headless=new", "no-sandbox", "disable-gpu",
                       "disable-dev-shm-usage", "hide-scrollbars",
                       f"user-data-dir={folder / 'profile'}"):
            options.add_argument(f"--{option}")
        options.add_experimental_option("prefs", {
            "download.default_directory": str(folder)})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.chrome.service.Service(DRIVER)
        self.folder, self.width = folder, width
        try:
            self.driver = webdriver.Chrome(service=service, options=options)
        except WebDriverException:
            service.stop()
            raise
        self.driver.set_page_load_timeout(LIMIT)
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": WIDTHS[width], "deviceScaleFactor": 1,
             "mobile": False})
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme",
                           "value": "dark" if is_dark else "light"}]})

    def show(self, text, name="a log"):
        read = console.read(text)
        place = self.folder / "index.html"
        place.write_text(page.html(page.Pages(read.steps, read.ours), name))
        self.driver.get("about:blank")
        self.driver.get(place.as_uri())
        return self

    def errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.find(selector).text

    def press(self, *keys):
        """Into whatever has the focus."""
        chain = webdriver.ActionChains(self.driver)
        for key in keys:
            chain.send_keys(key)
        chain.perform()

    def focused(self, attribute):
        return self.run("return document.activeElement.getAttribute("
                        "arguments[0])", attribute)

    def translate(self, address, access="read", is_sum=False):
        """Type an address; the ends of both walks, as text."""
        self.run("""
            const [address, access, sum] = arguments;
            document.getElementById("address").value = address;
            document.getElementById("sum").checked = sum;
            document.querySelector(
              `[name=access][value="${access}"]`).checked = true;
            document.getElementById("translate").dispatchEvent(
              new Event("input"));""", address, ACCESSES.index(access), is_sum)
        return [end.text for end in self.all(".walks .end")
                if end.is_displayed()]


@pytest.fixture(scope="module")
def browsers(tmp_path_factory):
    """browsers(width, dark): each window is opened once."""
    opened = {}

    def get(width, is_dark=False):
        key = width, is_dark
        if key not in opened:
            opened[key] = Browser(tmp_path_factory.mktemp("window"), width,
                                  is_dark)
        return opened[key]
    yield get
    for browser in opened.values():
        browser.driver.quit()


@pytest.fixture
def browser(browsers):
    """A wide one, on three steps of two processes; nothing is said on its
    console."""
    found = browsers(1300)
    found.show(story()[0])
    yield found
    assert found.errors() == []


EVERY = pytest.mark.parametrize("width, is_dark", [
    (width, is_dark) for width in WIDTHS for is_dark in (False, True)],
    ids=lambda value: {False: "light", True: "dark"}.get(value, str(value))
    if isinstance(value, bool) else str(value))


def luminance(color):
    return sum(map(int, re.findall(r"\d+", color)[:3]))


@EVERY
def test_looks(browsers, width, is_dark):
    """Nothing is cut off or said on the console, in any step; text stands out
    from its ground; the pictures have the size of their text."""
    browser = browsers(width, is_dark).show(story()[0])
    for step in range(3):
        assert browser.run("return document.documentElement.scrollWidth") == \
            width
        ink, ground = browser.run(
            "const style = getComputedStyle(document.body);"
            "return [style.color, style.backgroundColor]")
        assert (luminance(ink) > luminance(ground)) == is_dark
        ink, paper = browser.run("""
            const css = selector => getComputedStyle(
              document.querySelector(selector)).fill;
            return [css("#figure .place"), css("#figure .card .back")]""")
        assert abs(luminance(ink) - luminance(paper)) > 400
        scale = browser.run("""
            const svg = document.querySelector("#figure svg");
            return svg.getBoundingClientRect().width /
              svg.viewBox.baseVal.width""")
        assert scale > 0.95
        assert browser.run("""
            const clash = [];
            for (const row of document.querySelectorAll("#figure .row")) {
              const edges = [...row.querySelectorAll("text")].map(
                text => text.getBoundingClientRect()).sort(
                (a, b) => a.left - b.left);
              for (let i = 1; i < edges.length; i++)
                if (edges[i].left < edges[i - 1].right - 1)
                  clash.push(row.getAttribute("aria-label"));
            }
            return clash""") == []
        if step < 2:
            browser.find("#on").click()
    assert browser.errors() == []


def test_needs_nothing_else(browser):
    assert browser.run(
        "return performance.getEntriesByType('resource').length") == 0


def test_steps(browser):
    titles = ["one process", "after fork", "the child has written"]
    assert browser.text("#title") == titles[0]
    assert browser.text("#text") == "What it is, in <words> & more."
    assert not browser.find("#back").is_enabled()
    for key, number in ((Keys.ARROW_RIGHT, 1), (Keys.ARROW_RIGHT, 2),
                        (Keys.ARROW_RIGHT, 2), (Keys.ARROW_LEFT, 1),
                        (Keys.HOME, 0), (Keys.ARROW_LEFT, 0), (Keys.END, 2)):
        browser.press(key)
        assert browser.text("#title") == titles[number]
        assert browser.text("#count") == f"{number + 1} of 3"
        assert browser.find("#slider").get_attribute("value") == \
            str(number + 1)
    assert not browser.find("#on").is_enabled()
    browser.find("#back").click()
    assert browser.text("#title") == titles[1]


def test_slider(browser):
    slider = browser.find("#slider")
    slider.send_keys(Keys.ARROW_RIGHT)
    assert browser.text("#title") == "after fork"
    slider.send_keys(Keys.END)
    assert browser.text("#title") == "the child has written"
    assert slider.get_attribute("aria-valuetext") == \
        "3: the child has written"


def test_address_of_a_step(browser):
    """A link leads to a step."""
    browser.run("location.hash = '#2'")
    WebDriverWait(browser.driver, LIMIT).until(
        lambda _: browser.text("#title") == "after fork")


def test_processes(browser):
    browser.press(Keys.END)
    names = [button.text for button in browser.all("#processes button")]
    assert names == ["4 parent", "5 child changed"]
    assert browser.find('[aria-pressed="true"]').text == "5 child changed"
    assert "0x1000 R--UADC \u2192 RW-UAD-, another page" in \
        browser.text("#changes")
    browser.find("#processes button").click()
    assert browser.find('[aria-pressed="true"]').text == "4 parent"
    browser.press(Keys.ARROW_LEFT)  # the choice stays
    assert browser.find('[aria-pressed="true"]').text.startswith("4 parent")


def test_what_is_shared_and_what_changed(browser):
    browser.press(Keys.END)
    changed = browser.all("#figure .row.changed")
    assert [row.get_attribute("data-va") for row in changed] == ["0x1000"]
    assert "pages of 4 parent and 5 child" in browser.find(
        "#sharing svg").get_attribute("aria-label")
    assert len(browser.all("#sharing .frame.both")) == 3
    browser.press(Keys.HOME)
    assert not browser.find("#sharing-panel").is_displayed()


def test_shared_pages_have_two_arrows(browser):
    shared = browser.all("#figure .card.both")
    assert len(shared) == 3
    for card in shared[:2]:
        key = card.get_attribute("data-page")
        links = browser.all(f'#figure .link[data-to="{key}"]')
        sides = {side for link in links for side in ("user", "kernel")
                 if side in link.get_attribute("class").split()}
        assert sides == {"user", "kernel"}


def test_entry_under_the_pointer(browser):
    row = browser.find('#figure .row[data-va="0x3000"]')
    webdriver.ActionChains(browser.driver).move_to_element(row).perform()
    said = browser.text("#entry")
    for word in ("stack", "V R W U A D", "0x3000 \u2013 0x3fff",
                 "both tables point to its page"):
        assert word in said
    assert "chosen" in row.get_attribute("class")
    row.click()
    assert browser.find("#address").get_attribute("value") == "0x3000"


def test_without_a_mouse(browser):
    """Tab leads into the figure, whose entries are one stop; arrows go from
    entry to entry, Enter takes the address, and a step keeps the place."""
    for _ in range(10):
        browser.press(Keys.TAB)
        if browser.focused("role") == "button":
            break
    first = browser.focused("aria-label")
    assert first.startswith("[0], table")
    browser.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP)
    assert browser.focused("aria-label") != first
    for _ in range(30):
        if browser.focused("data-va") == "0x1000":
            break
        browser.press(Keys.ARROW_DOWN)
    assert "data" in browser.text("#entry")
    browser.press(Keys.ENTER)
    assert browser.find("#address").get_attribute("value") == "0x1000"
    browser.press(Keys.ARROW_RIGHT)
    assert browser.text("#title") == "after fork"
    assert browser.focused("role") == "button"
    # In a field, the arrows are the field's.
    browser.find("#address").click()
    browser.press(Keys.HOME, Keys.ARROW_RIGHT)
    assert browser.text("#title") == "after fork"


def test_names_and_landmarks(browser):
    """Each part has a role and a name; each control has a label."""
    assert len(browser.all("main")) == len(browser.all("h1")) == 1
    nameless = browser.run("""
        const named = one => one.ariaLabel || one.textContent.trim() ||
          one.labels?.length || one.hasAttribute("aria-labelledby");
        return [...document.querySelectorAll(
          "button, input, section, nav, [role=region], [role=button]")].filter(
          one => !one.hidden && !named(one)).map(one => one.outerHTML)""")
    assert nameless == []


@pytest.mark.parametrize("address, access, is_sum, user, kernel", [
    ("0x10", "read", False, "pa ", "PTE"), ("1010", "write", False, "pa ", ""),
    ("0x5_010", "write", True, "brings a page", "brings a page"),
    ("0x0c000000", "read", False, "status -1", "PLIC"),
    ("FFFFFFFFFFFFFFFF", "read", False, "not valid", "not valid")])
def test_addresses(browser, address, access, is_sum, user, kernel):
    ends = browser.translate(address, access, is_sum)
    assert user in ends[0]
    if kernel == "PTE":
        assert "SUM is not" in ends[1]
    assert kernel == "PTE" or kernel in ends[1]
    assert browser.text("#parts").split()[::2][0] == "root"


def test_way_is_marked(browser):
    browser.translate("0x3004")
    marked = browser.all("#figure .row.path")
    assert len(marked) == 5  # two roots, two of level 1, one that both have
    assert browser.all("#figure .link.path")


@pytest.mark.parametrize("address", ["", "0x", "12 34", "0x1g", "-1",
                                     "11112222333344445"])
def test_no_address(browser, address):
    assert browser.translate(address) == []
    assert "up to 16 hexadecimal digits" in browser.text("#address-error")
    assert browser.find("#address").get_attribute("aria-invalid") == "true"
    assert len(browser.translate("0x0")) == 2
    assert browser.text("#address-error") == ""


def test_translation_is_that_of_the_hardware(browser, tried):
    """What the page says of many addresses, beside a walk through the words
    that the tables were printed from."""
    count = 0
    for seed in range(6):
        memory, root, addresses = random_memory(100 + seed)
        browser.show("xv6 kernel is booting\n" + memory.text(root))
        for access in ACCESSES:
            found = browser.run("""
                const [addresses, access] = arguments;
                document.querySelector(
                  `[name=access][value="${access}"]`).checked = true;
                return addresses.map(address => {
                  document.getElementById("address").value = address;
                  document.getElementById("translate").dispatchEvent(
                    new Event("input"));
                  const end = document.querySelector("#user-walk .end");
                  return end.matches(".fault") ? null
                    : end.querySelector("b").textContent;
                })""", [hex(va) for va in addresses], ACCESSES.index(access))
            expected = [memory.walk(root, va, "user", access)
                        for va in addresses]
            assert found == [None if pa is None else f"pa {pa:#x}"
                             for pa in expected]
            count += len(addresses)
    assert count > 1000
    tried("translations on the page", count)


def test_picture_is_saved(browser):
    """As a file of its own, with its style."""
    browser.find("#save").click()
    place = browser.folder / "01-one-process.svg"
    WebDriverWait(browser.driver, LIMIT).until(lambda _: place.exists())
    text = place.read_text()
    assert text.startswith("<svg xmlns=") and "<style>" in text
    assert "--both-soft" in text and "#figure" not in text
    place.unlink()


def test_other_kernels(browser):
    """Without a private table there are no answers of it, and of our bits
    nothing is said."""
    browser.show((ROOT / "tests" / "show" / "xv6-2020.log").read_text())
    assert len(browser.translate("0x0")) == 1
    assert "this text does not show the table" in browser.text("#kernel-walk")
    assert "not in this text" in browser.text("#figure")
    assert not browser.find(".legend .ours").is_displayed()
    assert not browser.find("#ranges-panel").is_displayed()


def test_ranges(browser):
    assert "heap lazy" in browser.text("#ranges")
    assert "0x7000" in browser.text("#ranges")
    assert len(browser.all("#figure .row.absent")) == 2
