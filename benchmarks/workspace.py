"""The workspace in a Chromium: from a verdict to the next task on the screen, and editing a crowded picture.

    ./run python manage.py sandbox --durable -- python benchmarks/workspace.py [--quick]

Loopback, no throttling. A verdict counts from its key to the frame after the next task's editor is there; bytes are
those of the network. The picture has 4,000 by 3,000 pixels and 2,000 boxes; while a box is dragged, and while the
picture is moved, every frame is counted, and how long scripts, style and layout keep the main thread.
"""

import argparse
import io
import os
import sys
from itertools import pairwise
from shutil import which
from typing import Any

import django

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
# Playwright's synchronous calls run an event loop in the thread that also asks the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
django.setup()

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import CDPSession, Page, sync_playwright  # noqa: E402

from audits.services.attachments import store_attachment  # noqa: E402
from audits.services.tasks import NewTask, create_task  # noqa: E402
from benchmarks import stage  # noqa: E402
from benchmarks.crowded import LABELS, SIZE, crowded_boxes  # noqa: E402
from benchmarks.goals import Goals, quantile  # noqa: E402
from labelops.tenancy.scope import organization_scope  # noqa: E402
from tests.conftest import CHROMIUM_NAMES, CHROMIUM_OPTIONS  # noqa: E402

# Counts from the key to the second frame after the new title is there: the one in between has painted it.
WATCH = """
() => {
  window.times = [];
  let start = 0;
  document.addEventListener("keydown", () => { start = performance.now(); }, true);
  const title = () => document.querySelector("[data-audit-workspace]")?.dataset.taskId;
  let shown = title();
  new MutationObserver(() => {
    if (title() === shown || !title()) return;
    shown = title();
    const from = start;
    requestAnimationFrame(() => setTimeout(() => window.times.push(performance.now() - from)));
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-task-id"] });
}
"""
# Not `wait_for_function`: it evaluates text in the page, which the policy forbids.
WAIT = """
(number) => new Promise((done) => {
  const look = () => (window.times.length >= number ? done() : setTimeout(look, 5));
  look();
})
"""
COUNT_FRAMES = """
() => {
  window.frames_ = [];
  window.counting = true;
  const step = (now) => { window.frames_.push(now); if (window.counting) requestAnimationFrame(step); };
  requestAnimationFrame(step);
}
"""
FRAMES = "() => { window.counting = false; return window.frames_; }"


def chromium() -> str:
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else CHROMIUM_NAMES
    found = next(filter(None, map(which, names)), None)
    if found is None:
        raise SystemExit("No Chromium: install chromium-headless-shell, or set CHROMIUM to the path of one.")
    return found


def enter(browser: Any, cookie: tuple[str, str]) -> Page:
    context = browser.new_context(base_url=os.environ["LABELOPS_URL"], viewport={"width": 1440, "height": 900})
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    context.add_cookies(
        [{"name": n, "value": v, "url": os.environ["LABELOPS_URL"]} for n, v in zip(names, cookie, strict=True)]
    )
    return context.new_page()


def measure_verdicts(goals: Goals, page: Page, path: str, number: int) -> None:
    page.goto(path)
    page.wait_for_selector("[data-task-editor]")
    page.evaluate(WATCH)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    received: list[float] = []
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    for done in range(1, number + 1):
        page.keyboard.press("a")
        page.evaluate(WAIT, done)
    times = page.evaluate("window.times")[2:]  # The first ones warm the server's connections.
    print(f"{len(times)} verdicts: p50 {quantile(times, 0.5):.0f} ms, p95 {quantile(times, 0.95):.0f} ms")
    goals.at_most("verdict_to_next_painted_p50_ms", quantile(times, 0.5), 150, " ms")
    goals.at_most("verdict_to_next_painted_p95_ms", quantile(times, 0.95), 150, " ms")
    goals.at_most("verdict_kilobytes", sum(received) / number / 1000, 10, " kB")


def crowded_task(place: stage.Stage) -> str:
    """The task's own audit page."""
    picture = io.BytesIO()
    Image.effect_noise(SIZE, 60).convert("RGB").save(picture, "JPEG", quality=70)
    picture.seek(0)
    now = timezone.now()
    with organization_scope(place.organization.pk):
        stored = store_attachment(
            organization=place.organization, actor=place.owner.user, name="crowded.jpg", file=picture, now=now
        )
        params = {"attachment": stored.reference, "attachment_type": "image",
                  "geometries": {"box": {"objects_to_annotate": LABELS}}}  # fmt: skip
        new = NewTask(type="imageannotation", params=params, response={"annotations": crowded_boxes(2000)})
        task = create_task(organization=place.organization, actor=None, new=new, now=now)
    return f"/o/{place.organization.slug}/tasks/{task.public_id}/audit/"


def busy(session: CDPSession) -> float:
    """Seconds of scripts, style and layout on the main thread so far."""
    named = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return named["ScriptDuration"] + named["LayoutDuration"] + named["RecalcStyleDuration"]


def frames_while(page: Page, what: str, steps: int, x: float, y: float) -> tuple[float, float]:
    """(frames a second, milliseconds of the main thread a frame) while the pointer goes round from (x, y)."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 6, y + 6)
    page.evaluate(COUNT_FRAMES)
    before = busy(session)
    for step in range(steps):
        page.mouse.move(x + 6 + 60 * ((step % 40) / 40), y + 6 + 40 * ((step % 25) / 25))
    frames = page.evaluate(FRAMES)
    spent = busy(session) - before
    page.mouse.up()
    rate = 1000 * (len(frames) - 1) / (frames[-1] - frames[0])
    slowest, each = max(b - a for a, b in pairwise(frames)), 1000 * spent / len(frames)
    print(f"{what}: {rate:.0f} frames/s, slowest frame {slowest:.0f} ms, main thread {each:.2f} ms a frame")
    return rate, each


def measure_crowd(goals: Goals, page: Page, path: str, steps: int) -> None:
    page.goto(path)
    page.wait_for_selector("[data-task-editor][data-ready]")
    page.keyboard.press("m")
    page.keyboard.press("Home")
    page.wait_for_timeout(1500)  # The large picture is decoded once.
    box = page.locator("[data-part=outline]").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    rate, spent = frames_while(page, "a box dragged", steps, *middle)
    goals.at_least("box_drag_frames_per_second", rate, 50, "/s")
    goals.at_most("box_drag_main_thread_ms_per_frame", spent, 8, " ms")
    page.keyboard.press("Escape")
    page.keyboard.press("+")
    page.keyboard.down(" ")
    rate, spent = frames_while(page, "the picture moved", steps, 500, 450)
    page.keyboard.up(" ")
    goals.at_least("pan_frames_per_second", rate, 50, "/s")
    goals.at_most("pan_main_thread_ms_per_frame", spent, 8, " ms")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer verdicts and shorter drags")
    quick = parser.parse_args().quick
    goals = Goals()
    print("preparing", flush=True)
    place = stage.prepare(tasks=2_000, auditors=1)
    session, people = place.open_session(), place.sign_in(1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_OPTIONS)
        page = enter(browser, people[0])
        measure_verdicts(goals, page, place.workspace_path(session), 30 if quick else 200)
        measure_crowd(goals, page, crowded_task(place), 150 if quick else 600)
        page.goto("about:blank")
        browser.close()
    return 1 if goals.short else 0


if __name__ == "__main__":
    sys.exit(main())
