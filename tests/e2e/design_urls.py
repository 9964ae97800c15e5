"""The product's addresses and /design, which only debug mode has."""

from django.urls import path
from django.views.generic import TemplateView

from labelops.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500"]

urlpatterns = [*urlpatterns, path("design", TemplateView.as_view(template_name="design.html"), name="design")]
