"""How public ids stand in addresses: 32 hexadecimal digits, nothing else."""

from uuid import UUID


class PublicIdConverter:
    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> UUID:
        return UUID(value)

    def to_url(self, value: UUID | str) -> str:
        return UUID(str(value)).hex
