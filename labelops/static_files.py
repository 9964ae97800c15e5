"""Which static files are collected: those of ours, and of the packages' only what a page asks for."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class OurStaticFiles(StaticFilesConfig):
    # The API's documents are shown by Swagger UI and nothing is browsed in DRF's own pages: to hash and compress the
    # rest was most of the work at each first start.
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "rest_framework"]
