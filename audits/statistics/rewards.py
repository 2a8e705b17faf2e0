"""What a reward hangs on (奖励取决于什么): how sure it is who a rule of reward should pay.

A rule pays those who come out in certain places, or in a tier. With few visits others would have
come out: per branch the chance that it truly belongs there, and the money that goes astray.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from audits.statistics.ranks import chance

CHANCES = ("certain", "possible", "impossible", "barred")


class Prize(BaseModel):
    """One rule: an `amount` in yuan (negative: taken away) for a range of places, or for a tier."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    zh: str
    en: str
    among: Literal["province", "peer_group"] = "province"
    places: tuple[int, int] | None = None  # first and last place that it goes to
    tier: Literal["above", "below"] | None = None
    amount: Decimal = Decimal(0)
    veto_bars: bool = True  # a branch with a veto in the window is not paid; the place lapses

    @model_validator(mode="after")
    def _one_ground(self) -> Prize:
        if (self.places is None) == (self.tier is None):
            raise ValueError("either places or tier")
        if self.places and not 1 <= self.places[0] <= self.places[1]:
            raise ValueError("places are counted from 1")
        return self

    @property
    def ks(self) -> tuple[int, ...]:
        """The k of which the chance to be among the first k is needed."""
        first, last = self.places or (1, 0)
        return tuple(k for k in (first - 1, last) if k > 0)


class RewardRules(BaseModel):
    """All rules of reward. `first_k`: the k of column p_first_k."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_k: int = Field(default=10, ge=1)
    prizes: tuple[Prize, ...] = ()

    def ks(self) -> list[int]:
        """Every k that ranks must give the chance of."""
        return sorted({self.first_k, *(k for prize in self.prizes for k in prize.ks)})


REWARD = {
    "unit": pl.String,
    "p": pl.Float64,  # that it truly belongs to those whom the rule means
    "chance": pl.String,
    "paid": pl.Boolean,  # whether the rule, taken at its word, pays it
    "amount": pl.Float64,  # yuan that it gets
    "noise": pl.Float64,  # yuan that it is expected to get or to miss by chance
}


def reward(ranks: pl.DataFrame, prize: Prize, barred: list[str]) -> pl.DataFrame:
    """REWARD of one rule among one group, of units that have a rank interval.

    `ranks` as :func:`audits.statistics.ranks.ranked` gives them. p: the chance of a true rank in
    the places; for a tier, that the true value is on that side of the mean. `noise` is |amount| ×
    (1 − p) where it is paid, × p where it is not.
    """
    shut = pl.col("unit").is_in(barred) & prize.veto_bars
    known = ranks.filter(pl.col("p_above").is_not_null())
    told = known.with_columns(p=_p(prize).clip(0, 1), paid=_paid(prize) & ~shut)
    words = pl.Series([chance(p) for p in told["p"]], dtype=pl.String)
    amount = float(prize.amount)
    wrong = pl.when("paid").then(1 - pl.col("p")).otherwise(pl.when(shut).then(0).otherwise("p"))
    return (
        told.with_columns(chance=words, amount=pl.when("paid").then(amount).otherwise(0.0))
        .with_columns(
            chance=pl.when(shut).then(pl.lit("barred")).otherwise("chance"),
            noise=abs(amount) * wrong,
        )
        .select(list(REWARD))
        .cast(pl.Schema(REWARD))
    )


def _p(prize: Prize) -> pl.Expr:
    if prize.places:
        first, last = prize.places
        within = pl.col(f"p_first_{last}")
        return within - pl.col(f"p_first_{first - 1}") if first > 1 else within
    return pl.col("p_above") if prize.tier == "above" else 1 - pl.col("p_above")


def _paid(prize: Prize) -> pl.Expr:
    if prize.places:
        return pl.col("place").is_between(*prize.places)
    return pl.col("tier") == prize.tier


class Stake(BaseModel):
    """What hangs on chance in one rule: `doubtful` of the `paid` are expected to be the wrong."""

    paid: int
    doubtful: float
    money: float  # yuan paid
    noise: float  # yuan of it expected to go to the wrong branches


def stake(rewards: pl.DataFrame, amount: Decimal) -> Stake:
    """The sum over the rows of :func:`reward`."""
    paid = rewards.filter("paid")
    doubtful = float((1 - paid["p"]).sum())
    worth = abs(float(amount))
    return Stake(paid=paid.height, doubtful=doubtful, money=worth * paid.height,
                 noise=worth * doubtful)  # fmt: skip
