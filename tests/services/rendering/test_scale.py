"""Heat is logarithmic, honest at both ends, and its legend shows round figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.heat import HeatBy
from services.rendering.heat import disc_radius
from services.rendering.palette import ramp
from services.rendering.scale import HeatScale


def lightness(share: float) -> float:
    red, green, blue = ramp(share)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_equal_ratios_are_equal_steps() -> None:
    scale = HeatScale.of([400], by=HeatBy.KILLS)
    steps = [scale.share(b) - scale.share(a) for a, b in ((1, 4), (4, 16), (16, 64))]
    assert steps == pytest.approx([steps[0]] * 3)
    assert scale.share(400) == 1.0


def test_a_quiet_hour_does_not_glow_like_a_war() -> None:
    assert HeatScale.of([1], by=HeatBy.KILLS).share(1) < 0.3
    assert HeatScale.of([], by=HeatBy.ISK).share(50e6) < 0.6


def test_a_single_kill_is_not_nothing() -> None:
    assert HeatScale.of([5000], by=HeatBy.KILLS).share(1) > 0.05


@pytest.mark.parametrize(
    ("by", "top", "samples"),
    [
        (HeatBy.KILLS, 1, (10, 5, 2, 1)),
        (HeatBy.KILLS, 225, (200, 50, 10, 2, 1)),
        (HeatBy.ISK, 31.4e9, (20e9, 5e9, 1e9, 200e6, 50e6)),
    ],
)
def test_legend_samples_are_round(by: HeatBy, top: float, samples: tuple[float, ...]) -> None:
    assert HeatScale.of([top], by=by).samples(5) == pytest.approx(samples)


def test_figures_are_written_as_people_read_them() -> None:
    assert HeatScale.of([1], by=HeatBy.KILLS).text(1204) == "1,204"
    assert HeatScale.of([1], by=HeatBy.ISK).text(3.2e9) == "3.20B"


@given(
    st.sampled_from(HeatBy),
    st.lists(st.floats(min_value=1, max_value=1e14), min_size=1, max_size=20),
    st.floats(min_value=1, max_value=1e14),
    st.floats(min_value=1, max_value=1e14),
)
def test_more_heat_is_never_smaller_or_darker(
    by: HeatBy, values: list[float], one: float, other: float
) -> None:
    scale = HeatScale.of(values, by=by)
    low, high = sorted((scale.share(one), scale.share(other)))
    if one > other:
        assert scale.share(one) >= scale.share(other)
    assert 0 <= low <= high <= 1
    assert disc_radius(low) <= disc_radius(high)
    assert lightness(low) <= lightness(high) + 1
    samples = scale.samples(5)
    assert 2 <= len(samples) <= 5
    assert all(scale.low <= value * 1.001 and value <= scale.high * 1.001 for value in samples)
