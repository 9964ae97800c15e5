"""What scripts say, in the page's language: /words/<language>.js. English needs none, its words are its catalog."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

catalog = JavaScriptCatalog.as_view(packages=["labelops"])


@require_safe
@cache_control(public=True, max_age=300)
def words(request: HttpRequest, language: str) -> HttpResponse:
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        return catalog(request)
