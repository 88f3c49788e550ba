"""An evaluation as one page that needs nothing else: two languages, light and dark, tables by drawings."""

from collections.abc import Sequence
from importlib.resources import files
from xml.sax.saxutils import escape, quoteattr

from atalaya.app.evaluation_froc_svg import dash_svg, froc_svg, panels_svg
from atalaya.app.evaluation_svg import bars_svg, groups_svg, reliability_svg
from atalaya.app.evaluation_words import reason_word, value_word, word
from atalaya.app.svg_shapes import COLOURS
from atalaya.model.evaluation import ClaimScore, Evaluation, Ground, GroupScore, Measured, OperatingPoint

LANGUAGES = ("en", "es")
SORTS = ("setting", "state", "occlusion", "azimuths")

type Rows = Sequence[Sequence[str]]


def evaluation_page(evaluation: Evaluation) -> str:
    """The whole page: no script, no file beside it, nothing fetched."""
    names = {"en": "English", "es": "Español"}
    switches = "".join(
        f'<input type="radio" name="language" id="lang-{it}"{" checked" if it == "en" else ""}>'
        for it in LANGUAGES
    )
    labels = "".join(f'<label for="lang-{it}" lang="{it}">{names[it]}</label>' for it in LANGUAGES)
    mains = "".join(
        f'<main lang="{it}"><h1>{escape(word("title", it))}</h1>{evaluation_fragment(evaluation, it)}</main>'
        for it in LANGUAGES
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(word('title', 'en'))}</title><style>{evaluation_style()}</style></head>"
        f'<body class="evaluation-page">{switches}'
        f'<p class="languages">{labels}<strong class="mark">{escape(evaluation.synthetic)}</strong></p>'
        f"{mains}</body></html>\n"
    )


def evaluation_style() -> str:
    """The style sheet of page and fragment; every rule hangs below a class of ours."""
    return files("atalaya.app").joinpath("evaluation.css").read_text(encoding="utf-8")


def evaluation_fragment(evaluation: Evaluation, language: str) -> str:
    """The sections alone, for a page that has its own head, as the workbench's.

    Args:
        evaluation: to be shown.
        language: en or es.
    """
    point = len(evaluation.rates_per_100km2) - 1
    parts = [
        _lead(evaluation, language),
        _summary(evaluation, language),
        _froc(evaluation, language),
        _false(evaluation, point, language),
        _groups(evaluation, point, language),
        _ground(evaluation, point, language),
        _reliability(evaluation, language),
        _differences(evaluation, language),
        _worlds(evaluation, language),
        _rules(evaluation, language),
    ]
    return f'<div class="evaluation">{"".join(parts)}</div>'


def _lead(evaluation: Evaluation, language: str) -> str:
    worlds = evaluation.worlds
    text = word(
        "lead",
        language,
        claims=str(len(evaluation.claims)),
        worlds=str(len(worlds)),
        sites=str(sum(one.sites for one in worlds)),
        observed=str(sum(one.sites_by_state["observed"] for one in worlds)),
        look_alikes=str(sum(one.look_alikes for one in worlds)),
        km2=f"{evaluation.false_alarm_km2:.3g}",
    )
    least, upper = evaluation.least_rate_per_100km2, evaluation.upper_at_none_per_100km2
    area = (
        word("no_area", language)
        if least is None or upper is None
        else word("area", language, least=_round(least), upper=_round(upper))
    )
    if evaluation.ground is Ground.OBSERVED:
        area = f"{word('observed_ground', language)} {area}"
    return f'<p class="lead">{escape(text)}</p><p>{escape(area)}</p>'


def _summary(evaluation: Evaluation, language: str) -> str:
    rates = [word("recall_at", language, rate=f"{rate:g}") for rate in evaluation.rates_per_100km2]
    more = ("recall_all", "strict", "partial", "per_100", "duplicates")
    head = [word("claim", language), *rates, *(word(key, language) for key in more)]
    rows = []
    for number, claim in enumerate(evaluation.claims):
        last = claim.points[-1]
        rows.append(
            [
                _named(claim, number, language),
                *(_share(one.recall, language) for one in claim.points),
                _share(last.strict_recall, language),
                _share(claim.partial_area, language),
                _rate(last),
                str(last.duplicates),
            ]
        )
    return _section("summary", language, _table("summary", head, rows, language), note="summary_note")


def _froc(evaluation: Evaluation, language: str) -> str:
    head = [word(key, language) for key in ("claim", "allowed", "threshold", "found", "per_100")]
    rows = [
        [
            _named(claim, number, language),
            word("anything", language) if one.allowed_per_100km2 is None else f"{one.allowed_per_100km2:g}",
            "–" if one.threshold is None else f"{one.threshold:.4g}",
            f"{one.found} / {one.of}",
            _rate(one),
        ]
        for number, claim in enumerate(evaluation.claims)
        for one in claim.points
    ]
    body = froc_svg(evaluation, language) + _curve_legend(evaluation.claims, language)
    return _section("froc", language, body + _table("froc", head, rows, language), note="froc_note")


def _false(evaluation: Evaluation, point: int, language: str) -> str:
    points = [claim.points[point] for claim in evaluation.claims]
    names = [value_word(claim.name, language) for claim in evaluation.claims]
    bars = [
        (name, one.on_nothing, one.false_alarms - one.on_nothing)
        for name, one in zip(names, points, strict=True)
    ]
    head = [word("alarmed", language), *names]
    rows = [
        [
            escape(value_word(kind, language)),
            *(f"{one.look_alikes_alarmed[kind]} ({one.on_look_alikes[kind]})" for one in points),
        ]
        for kind in points[0].on_look_alikes
    ]
    rows += [
        [word("on_nothing", language), *(str(one.on_nothing) for one in points)],
        [word("unseen", language), *(str(one.on_unseen_ground) for one in points)],
    ]
    rate = f"{evaluation.rates_per_100km2[point]:g}"
    body = bars_svg(bars, language) + _table("false", head, rows, language)
    return _section("false", language, body, note="false_note", rate=rate)


def _groups(evaluation: Evaluation, point: int, language: str) -> str:
    body = [_legend(evaluation.claims, language)]
    for by in SORTS:
        groups = [group for group in evaluation.claims[0].groups if group.by == by]
        names = [value_word(claim.name, language) for claim in evaluation.claims]
        head = [word(by, language), word("sites", language), word("observed", language), *names]
        rows = [
            [
                escape(value_word(group.value, language)),
                str(group.sites),
                str(group.observed),
                *(
                    _share(_like(claim, by, group.value).recall[point], language)
                    for claim in evaluation.claims
                ),
            ]
            for group in groups
        ]
        body.append(f"<h3>{escape(word(by, language))}</h3>")
        body.append(groups_svg(evaluation.claims, by, point, language))
        body.append(panels_svg(evaluation, by, language))
        body.append(_table(by, head, rows, language))
    rate = f"{evaluation.rates_per_100km2[point]:g}"
    return _section("groups", language, "".join(body), note="groups_note", rate=rate)


def _like(claim: ClaimScore, by: str, value: str) -> GroupScore:
    return next(group for group in claim.groups if (group.by, group.value) == (by, value))


def _ground(evaluation: Evaluation, point: int, language: str) -> str:
    names = [value_word(claim.name, language) for claim in evaluation.claims]
    head = [word("azimuths", language), word("km2", language), *names]
    rows = [
        [
            str(one.azimuths),
            f"{one.km2:.3g}",
            *(str(claim.ground[row].false_alarms[point]) for claim in evaluation.claims),
        ]
        for row, one in enumerate(evaluation.claims[0].ground)
    ]
    return _section("ground", language, _table("ground", head, rows, language))


def _reliability(evaluation: Evaluation, language: str) -> str:
    body = []
    head = [word(key, language) for key in ("score", "places", "true", "claimed", "measured")]
    for number, claim in enumerate(evaluation.claims):
        found = claim.reliability
        if found is None:
            continue
        body.append(
            f"<h3>{_named(claim, number, language)}: {escape(word(found.scale.value, language))}</h3>"
        )
        if found.why or found.error is None:
            body.append(f"<p>{escape(reason_word(found.why, language))}</p>")
            continue
        rows = [
            [
                f"{row.low:.3g} – {row.high:.3g}",
                str(row.places),
                str(row.true),
                f"{row.claimed:.2f}",
                _number(row.observed),
            ]
            for row in found.rows
        ]
        body.append(reliability_svg(found, number, language))
        body.append(_table("reliability", head, rows, language))
        body.append(f"<p>{escape(word('error', language))}: {found.error:.2f}</p>")
    return _section("reliability", language, "".join(body)) if body else ""


def _differences(evaluation: Evaluation, language: str) -> str:
    if not evaluation.differences:
        return ""
    head = [word(key, language) for key in ("claim", "measure", "difference", "better")]
    rows = []
    for one in evaluation.differences:
        names = {"first": value_word(one.first, language), "second": value_word(one.second, language)}
        measure = one.measure.removeprefix("recall at ")
        said = (
            word("partial", language) if measure == one.measure else word("recall_at", language, rate=measure)
        )
        better = "–" if one.share_better is None else f"{100.0 * one.share_better:.0f} %"
        rows.append(
            [escape(word("less", language, **names)), escape(said), _signed(one.difference, language), better]
        )
    return _section(
        "differences", language, _table("differences", head, rows, language), note="differences_note"
    )


def _worlds(evaluation: Evaluation, language: str) -> str:
    states = ("observed", "not-covered", "few-azimuths", "under-canopy")
    more = ("look_alikes", "looked_at", "observed_km2", "false_km2")
    head = [word(key, language) for key in ("world", "sites", *states, *more)]
    rows = [
        [
            escape(one.name),
            str(one.sites),
            *(str(one.sites_by_state[state]) for state in states),
            str(one.look_alikes),
            *(f"{km2:.3f}" for km2 in (one.looked_at_km2, one.observed_km2, one.false_alarm_km2)),
        ]
        for one in evaluation.worlds
    ]
    return _section("worlds", language, _table("worlds", head, rows, language))


def _rules(evaluation: Evaluation, language: str) -> str:
    rates = evaluation.rates_per_100km2
    text = word(
        "rules_text",
        language,
        slack=f"{evaluation.slack_m:g}",
        resamples=str(evaluation.resamples),
        seed=str(evaluation.seed),
        low=f"{rates[0]:g}",
        high=f"{rates[-1]:g}",
        made_by=evaluation.made_by,
    )
    return _section("rules", language, f"<p>{escape(text)}</p>")


def _section(key: str, language: str, body: str, *, note: str = "", **filled: str) -> str:
    said = f'<p class="note">{escape(word(note, language, **filled))}</p>' if note else ""
    return f"<section><h2>{escape(word(key, language))}</h2>{said}{body}</section>"


def _table(caption: str, head: Sequence[str], rows: Rows, language: str) -> str:
    """A table that can be scrolled with the keyboard; its cells are markup already, its head is text."""
    name = escape(word(caption, language))
    columns = "".join(f'<th scope="col">{escape(one)}</th>' for one in head)
    lines = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label={quoteattr(name)}><table>'
        f"<caption>{name}</caption><thead><tr>{columns}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _curve_legend(claims: Sequence[ClaimScore], language: str) -> str:
    keys = "".join(
        f'<span class="key c{number % COLOURS}">{dash_svg(number)}'
        f"{escape(value_word(claim.name, language))}</span>"
        for number, claim in enumerate(claims)
    )
    return f'<p class="legend">{keys}</p>'


def _legend(claims: Sequence[ClaimScore], language: str) -> str:
    names = "".join(_named(claim, number, language) for number, claim in enumerate(claims))
    return f'<p class="legend">{names}</p>'


def _named(claim: ClaimScore, number: int, language: str) -> str:
    return f'<span class="claim c{number % COLOURS}">{escape(value_word(claim.name, language))}</span>'


def _share(one: Measured, language: str) -> str:
    """As per cent, with its interval, and the reason for what is not known where a reader can ask for it."""
    if one.value is None:
        return f"<abbr title={quoteattr(reason_word(one.why, language))}>–</abbr>"
    text = f"{100.0 * one.value:.0f} %"
    if one.low is None or one.high is None:
        return f"<abbr title={quoteattr(reason_word(one.why, language))}>{text}</abbr>" if one.why else text
    return f"{text} <small>({100.0 * one.low:.0f}–{100.0 * one.high:.0f})</small>"


def _signed(one: Measured, language: str) -> str:
    if one.value is None:
        return f"<abbr title={quoteattr(reason_word(one.why, language))}>–</abbr>"
    text = f"{one.value:+.2f}"
    if one.low is None or one.high is None:
        return f"{text} <small>{escape(reason_word(one.why, language))}</small>"
    sure = "sure" if one.low > 0.0 or one.high < 0.0 else "open"
    return f'<span class="{sure}">{text}</span> <small>({one.low:+.2f} … {one.high:+.2f})</small>'


def _number(one: Measured) -> str:
    if one.value is None or one.low is None or one.high is None:
        return "–"
    return f"{one.value:.2f} <small>({one.low:.2f} … {one.high:.2f})</small>"


def _rate(one: OperatingPoint) -> str:
    if one.per_100km2 is None or one.upper_per_100km2 is None:
        return "–"
    return f"{_round(one.per_100km2)} <small>(&lt; {_round(one.upper_per_100km2)})</small>"


def _round(value: float) -> str:
    return f"{value:.0f}" if value >= 10.0 else f"{value:.2g}"
