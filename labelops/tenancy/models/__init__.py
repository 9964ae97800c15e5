from labelops.tenancy.models.api_key import ApiKey, Scope
from labelops.tenancy.models.base import TenantModel, TenantQuerySet
from labelops.tenancy.models.event import Event, EventType
from labelops.tenancy.models.membership import Invitation, Membership
from labelops.tenancy.models.organization import Organization
from labelops.tenancy.models.saved_view import SavedView
from labelops.tenancy.models.user import User

__all__ = [
    "ApiKey",
    "Event",
    "EventType",
    "Invitation",
    "Membership",
    "Organization",
    "SavedView",
    "Scope",
    "TenantModel",
    "TenantQuerySet",
    "User",
]
