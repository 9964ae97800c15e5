"""Pools, their rules and their control tasks. Ids are written as everywhere (the converter `id`, of `audits.urls`)."""

from django.urls import path

urlpatterns: list = []
