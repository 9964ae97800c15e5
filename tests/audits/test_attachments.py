"""Files: what they are by their bytes, where they may come from, and how they are served."""

import io
import struct
import zlib

import pytest
from django.utils import timezone
from PIL import Image

from audits.models import Attachment
from audits.services.attachments import store_attachment
from labelops.errors import InvalidInput
from labelops.tenancy.scope import organization_scope
from tests.audits.files import Found, bring_in, counts, lines_of, record

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def picture(kind="PNG", size=(8, 6)):
    file = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(file, kind)
    return file.getvalue()


def huge_png():
    """A header that claims 50,000 by 50,000 pixels, and next to nothing behind it."""
    body = b"IHDR" + struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IEND\xaeB`\x82"


def store(organization, content, name="file.bin"):
    with organization_scope(organization.pk):
        return store_attachment(
            organization=organization, actor=None, name=name, file=io.BytesIO(content), now=timezone.now()
        )


def get(client, organization, attachment, **headers):
    return client.get(f"/o/{organization.slug}/attachments/{attachment.pk.hex}/", headers=headers)


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
KINDS = [
    (picture("PNG"), "image/png", True),
    (picture("JPEG", (64, 64)), "image/jpeg", True),
    (picture("GIF") + b"*/=1;alert(1)", "image/gif", True),
    (picture("WEBP"), "image/webp", True),
    (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav", True),
    (b"\0\0\0\x18ftypmp42", "video/mp4", True),
    ("plain, ünï".encode(), "text/plain", True),
    (SVG, "application/octet-stream", False),
    (b"<!DOCTYPE html><p>hello", "application/octet-stream", False),
    (b"\n\n  <?xml version='1.0'?><svg/>", "application/octet-stream", False),
    (b"%PDF-1.7", "application/pdf", False),
    (b"PK\x03\x04zip", "application/octet-stream", False),
    (b"caf\xe9", "application/octet-stream", False),
]


@pytest.mark.parametrize(("content", "kind", "inline"), KINDS, ids=[kind for _, kind, _ in KINDS])
def test_a_file_is_what_its_bytes_say_and_only_harmless_ones_are_shown_in_place(
    acme, owner_client, content, kind, inline
):
    # The name lies.
    response = get(owner_client, acme, stored := store(acme, content, "x.html"))

    assert stored.content_type == kind
    assert body(response) == content
    assert response["Content-Disposition"].split(";")[0] == ("inline" if inline else "attachment")
    assert response["Content-Type"].split(";")[0] == (kind if inline else "application/octet-stream")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox;")
    assert "private" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (huge_png(), "too many pixels"),
        (picture("JPEG", (300, 300))[:4000], "damaged or cut off"),
        (picture("PNG", (300, 300))[:4000], "damaged or cut off"),
        (b"\x89PNG\r\n\x1a\nnothing", "damaged or cut off"),
        (b"x" * 2001, "larger than"),
    ],
    ids=["empty", "huge", "cut jpeg", "cut png", "no png", "large"],
)
def test_what_nobody_can_show_is_refused(acme, settings, content, reason):
    settings.ATTACHMENT_MAX_BYTES = 2000 if content.startswith(b"xx") else 10_000_000
    with pytest.raises(InvalidInput, match=reason):
        store(acme, content)


def test_the_same_bytes_are_kept_once_in_an_organization_and_shared_with_no_other(acme, rival):
    content = picture()
    first, again, theirs = store(acme, content, "a.png"), store(acme, content, "b.png"), store(rival, content)

    assert first.pk == again.pk != theirs.pk
    assert first.file.name.startswith(acme.pk.hex)
    assert theirs.file.name.startswith(rival.pk.hex)


def test_a_name_brings_no_line_and_no_folder_along(acme, owner_client):
    stored = store(acme, b"hello", "..\\../evil\r\nX-Bad: 1\u202e.txt")

    response = get(owner_client, acme, stored)
    body(response)

    assert stored.name == "evilX-Bad: 1.txt"
    assert "X-Bad" not in response.headers


def test_a_strangers_attachment_is_as_unknown_as_one_that_never_was(acme, rival, owner_client):
    theirs = store(rival, b"secret")

    answers = [get(owner_client, acme, theirs), get(owner_client, rival, theirs)]

    assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=2-4", 206, b"234"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=5-500", 206, b"56789"),
        ("bytes=10-", 416, b""),
        ("bytes=0-1,3-4", 200, b"0123456789"),
        ("lines=1-2", 200, b"0123456789"),
        ("bytes=" + "9" * 400 + "-", 416, b""),
    ],
)
def test_a_player_may_ask_for_a_part(acme, owner_client, asked, status, part):
    response = get(owner_client, acme, store(acme, b"0123456789"), range=asked)

    assert (response.status_code, body(response)) == (status, part)


def test_a_browser_that_has_the_file_is_not_sent_it_again(acme, owner_client):
    stored = store(acme, b"hello")
    first = get(owner_client, acme, stored)
    body(first)

    assert get(owner_client, acme, stored, if_none_match=first["ETag"]).status_code == 304


def test_a_file_gone_from_the_storage_is_a_404(acme, owner_client):
    stored = store(acme, b"hello")
    stored.file.storage.delete(stored.file.name)

    assert get(owner_client, acme, stored).status_code == 404


# --- the folder of an import ------------------------------------------------------------------------------------------


def in_folder(acme, tmp_path, name, **params):
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.png").write_bytes(picture())
    (folder / "cut.png").write_bytes(picture()[:60])
    (tmp_path / "secret.png").write_bytes(picture())
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    task = record(params={"attachment_type": "image", "attachment": name, "categories": ["yes"], **params})
    return bring_in(acme, lines_of([task]), folder=str(folder))


def test_a_relative_name_becomes_a_stored_file(acme, tmp_path):
    assert counts(in_folder(acme, tmp_path, "sub/../sub/a.png", attachments=["sub/a.png"])) == (1, 0, 0)

    params = Found(acme).tasks[0].params
    with organization_scope(acme.pk):
        assert params["attachment"] == Attachment.objects.for_organization(acme).get().reference
    assert params["attachments"] == [params["attachment"]]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../secret.png", "outside of the folder"),
        ("sub/../../secret.png", "outside of the folder"),
        ("/etc/passwd", "outside of the folder"),
        ("link.png", "outside of the folder"),
        ("missing.png", "not in the folder"),
        ("sub", "not in the folder"),
        ("x" * 5000, "not in the folder"),
        ("cut.png", "damaged or cut off"),
    ],
)
def test_nothing_outside_of_the_folder_is_read(acme, tmp_path, name, reason):
    assert counts(in_folder(acme, tmp_path, name)) == (0, 0, 1)
    assert reason in Found(acme).refused[0].reason


@pytest.mark.parametrize("name", ["https://example.com/a.png", "labelops://" + "0" * 32])
def test_addresses_stay_as_they_are(acme, tmp_path, name):
    in_folder(acme, tmp_path, name)

    assert Found(acme).tasks[0].params["attachment"] == name


def test_texts_are_no_file_names(acme, tmp_path):
    in_folder(acme, tmp_path, "../secret.png", attachment_type="text")

    assert Found(acme).tasks[0].params["attachment"] == "../secret.png"
