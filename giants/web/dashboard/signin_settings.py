"""Settings of signing in at the dashboard, from the environment (`GIANTS_*`) like all others."""

from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from giants.keys import Scope

ANYBODY = "*"
_SECONDS_AN_HOUR = 3_600


class SignInSettings(BaseSettings):
    """How long a sign-in lasts, and which OpenID provider says who people are."""

    model_config = SettingsConfigDict(env_prefix="GIANTS_", frozen=True, extra="ignore")

    sign_in_hours: float = Field(
        default=12, gt=0, le=720, description="How long somebody stays signed in at the dashboard"
    )
    sign_in_secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Signs the cookies of who is signed in, the same at every replica of the API; "
        "default: one that is drawn and kept in data_dir",
    )
    oidc_issuer: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="OpenID provider that people sign in with (needs the extra `oidc`); unset = none",
    )
    oidc_client_id: str = Field(default="", description="Name of the dashboard at the provider")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Secret of the dashboard at the provider"
    )
    oidc_owner_claim: str = Field(
        default="sub",
        description="Claim that says whose data somebody sees: the owner of watchlists and portfolios",
    )
    oidc_groups_claim: str = Field(default="groups", description="Claim that lists somebody's groups")
    oidc_subjects: tuple[str, ...] = Field(
        default=(), description="Who may sign in, by the claim `sub`; `*` = whomever the provider knows"
    )
    oidc_groups: tuple[str, ...] = Field(default=(), description="Groups whose members may sign in")
    oidc_admin_groups: tuple[str, ...] = Field(
        default=(), description="Groups whose members may sign in and have the scope `admin`"
    )
    oidc_scopes: tuple[Scope, ...] = Field(
        default=(Scope.WRITE,), min_length=1, description="What everybody else who signs in may do"
    )

    @property
    def sign_in_seconds(self) -> int:
        """How long a sign-in lasts, in seconds."""
        return int(self.sign_in_hours * _SECONDS_AN_HOUR)

    @model_validator(mode="after")
    def _a_provider_is_known_wholly(self) -> Self:
        if self.oidc_issuer is None:
            return self
        if not self.oidc_client_id:
            raise ValueError("GIANTS_OIDC_ISSUER is set: GIANTS_OIDC_CLIENT_ID is needed too")
        if not (self.oidc_subjects or self.oidc_groups or self.oidc_admin_groups):
            raise ValueError(
                "GIANTS_OIDC_ISSUER is set, and nobody may sign in: name people (GIANTS_OIDC_SUBJECTS) or "
                "groups (GIANTS_OIDC_GROUPS, GIANTS_OIDC_ADMIN_GROUPS)"
            )
        return self
