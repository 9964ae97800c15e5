"""Performer accounts and their tokens."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from audits.models import Performer
from crowd_rules.models import PerformerAccount
from crowd_rules.services.sentences import longer_than
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.keys import KeyParts, generate_key, parse_key
from labelops.tenancy.models import EventType, Organization, User
from labelops.tenancy.rows import ask_json, instance, put

MODE = "performer"
LONGEST_CITY = 120


@dataclass(frozen=True)
class Profile:
    """Country as ISO 3166 (two letters), languages as ISO 639; `rest`: further attributes by the wire's key."""

    country: str = ""
    city: str = ""
    languages: list[str] = field(default_factory=list)
    rest: dict[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Any]:
        languages = [language.upper() for language in self.languages]
        return {"country": self.country.upper(), "city": self.city, "languages": languages, "profile": self.rest}


@transaction.atomic(savepoint=False)
def create_performer(
    *, organization: Organization, actor: User | None, name: str, now: datetime, profile: Profile | None = None
) -> tuple[PerformerAccount, str]:
    """The account (its `performer` is the one of both halves) and the token, which is shown this once.

    Raises InvalidInput (no name). Two performers may have one name; `external_id` is then made unique.
    """
    if not isinstance(name, str) or not name.strip() or len(name) > 200 or "\x00" in name:
        raise InvalidInput(fields={"name": _("Name the performer in 1 to 200 characters.")})
    profile = profile or Profile()
    _check(profile)
    performer = _make_performer(organization, name.strip())
    key = generate_key(MODE)
    account = PerformerAccount.objects.create(
        organization=organization, performer=performer, name=name.strip(), token_public_id=key.public_id,
        token_hash=key.secret_hash, created_by=actor, created_at=now, **profile.columns,
    )  # fmt: skip
    record_event(EventType.PERFORMER_CREATED, organization=organization, actor=actor, now=now,
                 subject_id=performer.pk, after={"name": account.name})  # fmt: skip
    return account, key.text


def open_account(
    *, organization: Organization, performer: Performer, actor: User | None, now: datetime
) -> PerformerAccount:
    """The account of a performer who may be known from imported work alone; its token is nobody's until renewed."""
    key = generate_key(MODE)
    return PerformerAccount.objects.get_or_create(
        organization=organization, performer=performer,
        defaults={"name": performer.external_id, "token_public_id": key.public_id, "token_hash": key.secret_hash,
                  "created_by": actor, "created_at": now},
    )[0]  # fmt: skip


def _make_performer(organization: Organization, name: str) -> Performer:
    performer_id = uuid7()
    taken = Performer.objects.for_organization(organization).filter(external_id=name).exists()
    # The end of the id is random: no second of this name can have it.
    external_id = f"{name} {performer_id.hex[-12:]}" if taken else name
    return Performer.objects.create(pk=performer_id, organization=organization, external_id=external_id)


def _check(profile: Profile) -> None:
    if profile.country and not (len(profile.country) == 2 and profile.country.isascii() and profile.country.isalpha()):
        raise InvalidInput(fields={"country": _("Give the country as two letters (ISO 3166).")})
    if any(not isinstance(one, str) or not 2 <= len(one) <= 8 for one in profile.languages):
        raise InvalidInput(fields={"languages": _("Give languages as codes of two or three letters (ISO 639).")})
    if len(profile.city) > LONGEST_CITY:
        raise InvalidInput(fields={"city": longer_than(LONGEST_CITY)})


@transaction.atomic(savepoint=False)
def renew_token(*, account: PerformerAccount, actor: User | None, now: datetime) -> str:
    """A new token; the old one is void at once."""
    key = generate_key(MODE)
    account.token_public_id, account.token_hash = key.public_id, key.secret_hash
    account.save(update_fields=["token_public_id", "token_hash"])
    _changed(account, actor, now, token="renewed")  # noqa: S106  (a word, no token)
    return key.text


@transaction.atomic(savepoint=False)
def change_profile(
    *, account: PerformerAccount, actor: User | None, profile: Profile, now: datetime
) -> PerformerAccount:
    """Raises InvalidInput."""
    _check(profile)
    for name, value in profile.columns.items():
        setattr(account, name, value)
    account.save(update_fields=list(profile.columns))
    _changed(account, actor, now, profile=profile.columns)
    return account


def _changed(account: PerformerAccount, actor: User | None, now: datetime, **after: Any) -> None:
    record_event(EventType.PERFORMER_CHANGED, organization=account.organization, actor=actor, now=now,
                 subject_id=account.performer_id, after=after)  # fmt: skip


def enter_by_token(*, token: str) -> PerformerAccount | None:
    """Whose token this is, the caller's transaction scoped to their organization; None for no or a void one.

    The account comes with `performer` and `organization`, each as far as calls read it.
    """
    entered = enter_to_work(token=token)
    return entered and entered.account


def parse_token(token: str) -> KeyParts | None:
    """None for what can be no performer's token."""
    parts = parse_key(token)
    return parts if parts and parts.mode == MODE else None


class Entered(NamedTuple):
    """`held`: what `crowd_rules_hold` answers; `taken`: what `crowd_rules_take` answers; where they were asked for."""

    account: PerformerAccount
    held: dict[str, Any] | None
    taken: dict[str, Any] | None


def enter_to_work(*, token: str, submits: UUID | None = None, takes: UUID | None = None) -> Entered | None:
    """As above; and, in the same statement, the assignment to be submitted, held, or the next one of the pool."""
    parts = parse_token(token)
    if parts is None:
        return None
    ids = [uuid7() for _ in range(3)] if takes else None
    places = "SELECT crowd_rules_enter(%s, %s, %s, %s, %s::uuid[])::text"
    row = ask_json(places, [parts.public_id, parts.secret_hash, submits, takes, ids])
    if row is None:
        return None
    account = instance(PerformerAccount, row["account"])
    put(
        account,
        performer=instance(Performer, row["performer"]),
        organization=instance(Organization, row["organization"]),
    )
    return Entered(account, row["held"], row["taken"])


def find_performer_of(*, organization: Organization, performer_id: Any) -> Performer:
    """By the id that both dialects show. Raises NotFound."""
    performer = Performer.objects.for_organization(organization).filter(pk=performer_id).first()
    if performer is None:
        raise NotFound(_("There is no such performer."))
    return performer
