from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "audits"

    def ready(self) -> None:
        from audits.services.departures import take_back
        from labelops.tenancy.departures import on_departure

        on_departure(take_back)
