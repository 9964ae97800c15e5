"""Weeks run from Monday 00:00 to Sunday 24:00 in the organization's zone: 167 or 169 hours where the clock changes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHOWN = 4


@dataclass(frozen=True)
class Week:
    """`monday` is the local date; `starts_at` belongs to the week, `ends_at` to the next one; both in UTC."""

    monday: date
    starts_at: datetime
    ends_at: datetime

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def days(self) -> list[date]:
        return [self.monday + timedelta(days=number) for number in range(7)]

    @property
    def last_moment(self) -> datetime:
        """The last microsecond that belongs to it: Sunday 23:59:59.999999."""
        return self.ends_at - timedelta(microseconds=1)


def starts(day: date, zone: str) -> datetime:
    """The instant at which this local day begins, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def local_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def week_of(day: date, zone: str) -> Week:
    """The week this local day lies in."""
    monday = day - timedelta(days=day.weekday())
    return Week(monday, starts(monday, zone), starts(monday + timedelta(days=7), zone))


def last_weeks(now: datetime, zone: str, number: int = SHOWN) -> list[Week]:
    """The last complete weeks, newest first."""
    this = week_of(local_day(now, zone), zone)
    return [week_of(this.monday - timedelta(days=7 * back), zone) for back in range(1, number + 1)]


def running_week(now: datetime, zone: str) -> Week:
    return week_of(local_day(now, zone), zone)
