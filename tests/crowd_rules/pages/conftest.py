"""The crowd with a browser in which its owner is signed in."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import reverse

from crowd_rules.models import Pool
from crowd_rules.services.jobs import run_operation
from crowd_rules.services.rules import configs_json, rules_of
from tests.crowd_rules.crowd import Crowd, make_crowd
from tests.factories import ScopedClient, client_of


@dataclass
class Desk:
    """Answers are those of the pages; `post` follows no redirect."""

    crowd: Crowd
    client: ScopedClient

    def url(self, name: str, *args: Any) -> str:
        return reverse(f"crowd_rules:{name}", args=[self.crowd.organization.slug, *args])

    def get(self, name: str, *args: Any, query: str = "", **headers: str) -> Any:
        return self.client.get(self.url(name, *args) + query, headers=headers or None)

    def post(self, name: str, *args: Any, data: dict[str, Any], **headers: str) -> Any:
        return self.client.post(self.url(name, *args), data, headers=headers or None)

    def told(self, name: str, *args: Any, **options: Any) -> str:
        return self.get(name, *args, **options).content.decode()

    def rules(self, pool: Pool, *, of_project: bool = False) -> list[dict[str, Any]]:
        """As on the wire, without the collectors' uuids."""
        with self.crowd.scope():
            found = configs_json(rules_of(project=pool.project, pool=None if of_project else pool), with_ids=True)
        for one in found:
            one["collector_config"].pop("uuid")
        return found

    def work(self, operation: Any, now: Any) -> None:
        """What a worker does with it."""
        run_operation(organization_id=self.crowd.organization.pk, operation_id=operation.pk, now=now)


@pytest.fixture
def desk(db) -> Desk:
    crowd = make_crowd()
    return Desk(crowd, client_of(crowd.owner))
