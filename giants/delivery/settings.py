"""Settings of delivery, from the environment (`GIANTS_*`) like all others."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class DeliverySettings(BaseSettings):
    """What an operator can set about webhooks and e-mail."""

    model_config = SettingsConfigDict(env_prefix="GIANTS_", frozen=True, extra="ignore")

    webhook_allow_private: bool = Field(
        default=False, description="Let webhooks reach private, loopback and link-local addresses"
    )
    webhook_ca_file: Path | None = Field(
        default=None,
        description="Certificate authorities of webhook receivers (PEM); default: the public ones",
    )
    smtp_host: str | None = Field(default=None, description="Mail server; without it no e-mail is sent")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="Encryption of the connection to the mail server"
    )
    smtp_ca_file: Path | None = Field(
        default=None, description="Certificate authorities of the mail server (PEM); default: the public ones"
    )
    smtp_username: str | None = Field(default=None, description="User at the mail server")
    smtp_password: SecretStr | None = Field(default=None, description="Password at the mail server")
    smtp_from: str = Field(default="giants@localhost", description="Sender address of e-mail")
    digest_hour_utc: int = Field(
        default=6, ge=0, le=23, description="Hour (UTC) that daily digests are sent at"
    )

    @model_validator(mode="after")
    def _password_stays_private(self) -> Self:
        unprotected = self.smtp_security == "none" and self.smtp_host not in _LOOPBACK
        if self.smtp_password is not None and unprotected:
            raise ValueError(
                "a password needs GIANTS_SMTP_SECURITY starttls or tls: none would send it in the clear"
            )
        return self
