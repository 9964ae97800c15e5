from django.db import migrations

from labelops.tenancy.rls import ReadSettingsOnce


class Migration(migrations.Migration):
    """The log's readers look again at all events of the last minute, each second: after an import at a million. Reading
    the settings was half of what each of them cost. Each write of an event stays as short as it is."""

    dependencies = [("tenancy", "0004_event_key_in_order")]

    operations = [ReadSettingsOnce("audits_event", writes=False)]
