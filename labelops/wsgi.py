import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
ordinary = get_wsgi_application()
# Imported now, once, before the workers are forked: else each would import every view in its first request.
_ = get_resolver().url_patterns
from audits.views.straight import straight_verdicts  # noqa: E402  (they need what was set up)
from crowd_rules.api.straight import StraightOn  # noqa: E402

application = StraightOn(straight_verdicts(ordinary))
# What is there for good need not be looked through by each collection, nor copied by each worker that touches it.
gc.collect()
gc.freeze()
