"""What a pool has paid: the entries of the ledger, appended and never taken back."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_GET

from audits.views.several import template_of
from crowd_rules.models import Reward
from crowd_rules.services.spending import spent_in_pools
from crowd_rules.views.money import in_dollars
from crowd_rules.views.people.lists import RewardFilter
from crowd_rules.views.pools.finding import pool_of
from crowd_rules.views.pools.lists import REWARDS
from labelops.lists.chips import FilterBar
from labelops.lists.paging import keyset_page, summary
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission
from labelops.tenancy.views.listing import list_context

REWARD_COUNT = ngettext_lazy("%(number)s payment", "%(number)s payments", "count")
KINDS = {Reward.Kind.REWARD: _("Reward"), Reward.Kind.BONUS: _("Bonus")}


@require_GET
@requires(Permission.EDIT_TASKS)
def reward_list(request: HttpRequest, pool: UUID) -> HttpResponse:
    found, filter = pool_of(request, pool), RewardFilter(request.GET)
    shown = filter.of(Reward.objects.for_organization(request.organization).filter(pool=found))
    context = list_context(request, REWARDS)
    page = keyset_page(shown.select_related("performer"), data=request.GET, by=context["table"].order_by)
    spent = spent_in_pools(request.organization, [found.pk])[found.pk]
    context |= {
        "pool": found, "page": page, "rows": [_row(one) for one in page.rows],
        "bar": FilterBar(filter, first=("performer", "kind")), "summary": summary(shown, count=REWARD_COUNT),
        "spent": in_dollars(spent), "export_query": f"pool={found.public_id}&{context['table'].query}",
    }  # fmt: skip
    return render(request, template_of(request, "crowd_rules/rewards.html", "reward-list"), context)


def _row(one: Reward) -> dict[str, Any]:
    return {"one": one, "amount": in_dollars(one.amount), "kind": KINDS[Reward.Kind(one.kind)]}
