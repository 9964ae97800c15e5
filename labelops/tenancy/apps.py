from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "labelops.tenancy"
    label = "tenancy"
    verbose_name = "Organizations, people and keys"

    def ready(self) -> None:
        from labelops.tenancy import checks  # noqa: F401  (registers the system checks)
