from django.db import models


class EngineCount(models.Model):
    """The operator's counters, of all organizations together (callbacks.metrics); the deliverers add to them."""

    name = models.CharField(max_length=64, primary_key=True)
    value = models.FloatField(default=0)

    def __str__(self) -> str:
        return self.name
