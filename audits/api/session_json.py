"""The JSON of audit sessions and of locks."""

from datetime import datetime
from typing import Any

from audits.models import AuditSession, SecondAudit, Verdict
from audits.wire import instant
from labelops.statistics.agreement import Coefficient, agreement
from labelops.tenancy.models import Membership, Organization


def session_json(session: AuditSession) -> dict[str, Any]:
    """Reads `created_by`, the progress and `invited`: a list fetches them before."""
    progress = session.progress
    invited = session.invited.all() if _is_fetched(session) else session.invited.select_related("user").order_by("id")
    found = {
        "session_id": session.public_id,
        "name": session.name or None,
        "status": session.status,
        "population": session.population,
        "size": session.size,
        "seed": session.seed,
        "manifest": session.manifest,
        "plan": session.plan,
        "decision": session.decision or None,
        "decided_on": session.decided_on or None,
        "second_audit_size": session.second_size or None,
        "remaining": progress.remaining,
        "accepted": progress.accepted,
        "fixed": progress.fixed,
        "rejected": progress.rejected,
        "withdrawn": progress.withdrawn,
        "auditors": [one.user.email for one in invited],
        "created_by": session.created_by.email,
        "created_at": instant(session.created_at),
        "finished_at": instant(session.finished_at),
    }
    return {key: value for key, value in found.items() if value is not None}


def seconds_json(session: AuditSession, organization: Organization) -> dict[str, Any]:
    """`second_audits` of a session that has some: how many are done, and the agreement, from the first pair on."""
    if not session.second_size:
        return {}
    pairs = SecondAudit.objects.for_organization(organization).filter(session=session).pairs()
    found = agreement(pairs, [str(verdict) for verdict in Verdict])
    told = {name: _coefficient(getattr(found, name)) for name in ("raw", "kappa", "ac1", "alpha")} if found else None
    return {"second_audits": {"planned": session.second_size, "done": pairs.total(), "agreement": told}}


def _coefficient(one: Coefficient | None) -> dict[str, float] | None:
    return one and {"value": one.value, "low": one.interval.low, "high": one.interval.high}


def _is_fetched(session: AuditSession) -> bool:
    return "invited" in getattr(session, "_prefetched_objects_cache", {})


def lock_json(token: int, auditor: Membership, expires_at: datetime) -> dict[str, Any]:
    return {"token": token, "holder": auditor.user.email, "expires_at": instant(expires_at)}
