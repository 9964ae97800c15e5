from django.apps import AppConfig


class CrowdRulesConfig(AppConfig):
    name = "crowd_rules"
