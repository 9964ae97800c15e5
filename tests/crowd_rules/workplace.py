"""The crowd's cast with people who sign in: performers to their workspace, the owner to the requester's pages."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from audits.models import Performer
from audits.services.projects import create_project
from crowd_rules.models import Pool
from crowd_rules.services.pool_tasks import NewPoolTask, add_tasks
from crowd_rules.services.pools import PoolSettings, create_pool, open_pool
from labelops.tenancy.models import User
from labelops.tenancy.services.people import create_user
from tests.crowd_rules.crowd import Crowd, config, make_crowd, suspend
from tests.factories import PASSWORD, ScopedClient, client_of

SUSPEND = suspend(("skipped_in_row_count", "GTE", 2), days=5, private_comment="Picks the short ones")
SEEDS_RULE = config("SKIPPED_IN_ROW_ASSIGNMENTS", SUSPEND)
CATEGORIES = ["Cat", "Dog", "Neither"]


def make_workplace(*names: str) -> Crowd:
    """A crowd over a project whose tasks are categorized."""
    crowd = make_crowd()
    with crowd.scope():
        crowd.project = create_project(
            organization=crowd.organization, actor=crowd.owner, name="animals", type="categorization",
            params={"instruction": "Say what is in the text."}, now=timezone.now(),
        )  # fmt: skip
    crowd.project.organization = crowd.organization
    for name in names:
        crowd.performer(name)
    return crowd


def open_categories(crowd: Crowd, *, tasks: int = 8, rules: tuple[dict[str, Any], ...] = (), **settings: Any) -> Pool:
    given = {"private_name": "Animals, week 1", "reward": Decimal("0.05"), "real_tasks_count": 2, **settings}
    with crowd.scope():
        pool = create_pool(project=crowd.project, actor=crowd.owner, settings=PoolSettings(**given), seed=7,
                           now=timezone.now())  # fmt: skip
        pool.organization = crowd.organization
        new = [NewPoolTask(input_values={"attachment": f"Text {number} about an animal.", "categories": CATEGORIES})
               for number in range(tasks)]  # fmt: skip
        add_tasks(pool=pool, actor=crowd.owner, tasks=new, now=timezone.now())
        open_pool(pool=pool, actor=crowd.owner, now=timezone.now())
        crowd.rule(pool, *rules)
    return pool


def give_login(crowd: Crowd, name: str) -> User:
    """An account of this performer's own; signs in with PASSWORD."""
    performer = crowd.performer(name)
    user = create_user(email=f"{name}@{crowd.organization.slug}.example", password=PASSWORD, is_performer=True)
    with crowd.scope():
        Performer.objects.filter(pk=performer.pk).update(user=user)
    return user


def client_at_work(crowd: Crowd, name: str) -> ScopedClient:
    return client_of(give_login(crowd, name))


def work_address(crowd: Crowd, rest: str = "") -> str:
    return f"/work/at/{crowd.organization.slug}/{rest}"


def office_address(crowd: Crowd, rest: str = "") -> str:
    return f"/o/{crowd.organization.slug}/crowd/{rest}"
