"""The layers of a site's chips: which looks, which poses, which sheets, and what is not there and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atalaya.app.bilingual import Bilingual
from atalaya.app.chip_looks import SiteClip, SiteLooks, chosen_looks, looks_at_site
from atalaya.app.chip_pictures import (
    Sheet,
    Shot,
    best_single,
    chip_grid,
    chip_png,
    permitted_cells,
    sheet_of,
    shots_of,
    stretch_of,
)
from atalaya.app.looks_rasters import LooksRasters
from atalaya.app.workbench_looks import (
    CHIP_CELL_M,
    CHIP_SIDE_M,
    PLANES_M,
    ChipLayer,
    ChipLayerView,
    ChipsView,
    PosesUsed,
)
from atalaya.custody.hashing import content_hash
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.io.cog_window import picture_window
from atalaya.model.looks import FEWEST_AZIMUTHS
from atalaya.model.site import Site
from atalaya.units import Metres

_ENOUGH = 0.5
"""Share of a chip that a stored raster has to show to be shown in place of one made here."""

type Pictures = dict[tuple[ChipLayer, Metres], bytes]
type Step = Callable[[int], None]

NO_LOOK = Bilingual(
    "No picture of this site was kept that has a pose and lies inside the permit.",
    "No se conserva ninguna imagen de este sitio con pose conocida y dentro del permiso.",
)
NO_THERMAL = Bilingual(
    "No thermal source in the sorties of this site.",
    "Las salidas de este sitio no tienen fuente térmica.",
)
NO_THERMAL_LOOK = Bilingual(
    "The thermal source has no picture of this site.",
    "La fuente térmica no tiene imágenes de este sitio.",
)
NOT_SEEN = Bilingual(
    "no look falls on the site: not observed", "ninguna mirada cae en el sitio: no observado"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSources:
    """What there is to look at a site with.

    Args:
        light, thermal: sources by what their pictures are.
        runs: rasters of `detect looks` over any of them.
    """

    light: tuple[SiteClip, ...]
    thermal: tuple[SiteClip, ...]
    runs: tuple[LooksRasters, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipsMade:
    """The answer and its pictures, PNG by layer and sheet."""

    view: ChipsView
    pictures: Mapping[tuple[ChipLayer, Metres], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layers:
    """What one kind of source gives."""

    views: tuple[ChipLayerView, ...]
    sectors: NDArray[np.uint8] | None


def make_chips(site: Site, sources: SiteSources, *, finest_m: Metres, step: Step) -> ChipsMade:
    """All layers of one site at all sheets.

    Args:
        site: in the middle.
        sources: to make them from.
        finest_m: cells are no finer.
        step: told how many steps there are, at each.

    Raises:
        InputError: a site beyond UTM, or a lens that does not fit its pictures.
        ExternalError: a video or raster cannot be read.
    """
    place = site.candidate.position
    cell_m = max(CHIP_CELL_M, finest_m)
    grid = chip_grid(place.lon_deg, place.lat_deg, CHIP_SIDE_M, cell_m)
    light, warm = (
        chosen_looks(
            [
                found
                for one in clips
                if (found := looks_at_site(one, place.lon_deg, place.lat_deg)) is not None
            ]
        )
        for clips in (sources.light, sources.thermal)
    )
    total = sum(map(len, (*light, *warm))) + len(PLANES_M) * (bool(light) + bool(warm)) + 1

    def told() -> None:
        step(total)

    told()
    pictures: Pictures = {}
    lit = _light(light, grid, site, sources, pictures, told)
    warm_view = _thermal(warm, grid, site, sources, pictures, told)
    return ChipsMade(
        view=ChipsView(
            site=site.site_id,
            made=content_hash(b"".join(pictures.values()))[:16],
            side_m=grid.step_x * grid.width_px,
            cell_m=cell_m,
            cells=grid.width_px,
            layers=(*lit.views, warm_view),
            not_observed=_not_observed(lit.sectors),
            ce90_m=place.ce90_m,
            synthetic=site.synthetic,
        ),
        pictures=pictures,
    )


def _light(
    looks: list[SiteLooks],
    grid: OrthoGrid,
    site: Site,
    sources: SiteSources,
    pictures: Pictures,
    told: Callable[[], None],
) -> _Layers:
    shots = [shot for one in looks for shot in shots_of(one, grid, told)]
    if not shots:
        return _Layers(
            views=tuple(_missing(layer, NO_LOOK) for layer in (ChipLayer.SINGLE, ChipLayer.INTEGRAL)),
            sectors=None,
        )
    integral, sectors = _swept(ChipLayer.INTEGRAL, shots, looks, grid, site, pictures, told)
    single = _missing(ChipLayer.SINGLE, NO_LOOK)
    alone = best_single(shots, grid)
    if alone is not None:
        pictures[ChipLayer.SINGLE, 0.0] = chip_png(alone.rgb, stretch_of(alone), synthetic=site.synthetic)
        single = replace(integral, layer=ChipLayer.SINGLE, planes_m=(0.0,), looks=1, azimuths=1)
    stored = [_stored(view, sources, grid, site, pictures) for view in (single, integral)]
    return _Layers(views=tuple(stored), sectors=sectors)


def _thermal(
    looks: list[SiteLooks],
    grid: OrthoGrid,
    site: Site,
    sources: SiteSources,
    pictures: Pictures,
    told: Callable[[], None],
) -> ChipLayerView:
    missing = _missing(ChipLayer.THERMAL, NO_THERMAL_LOOK if sources.thermal else NO_THERMAL)
    shots = [shot for one in looks for shot in shots_of(one, grid, told)]
    if not shots:
        return _stored(missing, sources, grid, site, pictures)
    view, _ = _swept(ChipLayer.THERMAL, shots, looks, grid, site, pictures, told)
    return view


def _swept(
    layer: ChipLayer,
    shots: list[Shot],
    looks: list[SiteLooks],
    grid: OrthoGrid,
    site: Site,
    pictures: Pictures,
    told: Callable[[], None],
) -> tuple[ChipLayerView, NDArray[np.uint8]]:
    """A picture for each sheet, all with the contrast of the one on the ground."""
    ground = sheet_of(shots, grid, 0.0)
    stretch = stretch_of(ground)
    for plane_m in PLANES_M:
        sheet: Sheet = ground if plane_m == 0.0 else sheet_of(shots, grid, plane_m)
        pictures[layer, plane_m] = chip_png(sheet.rgb, stretch, synthetic=site.synthetic)
        told()
    used = {one.site_clip.poses_used for one in looks}
    least = next((it for it in PosesUsed if it in used), PosesUsed.STATED)
    view = ChipLayerView(
        layer=layer,
        planes_m=PLANES_M,
        looks=len(shots),
        azimuths=len({shot.sector for shot in shots}),
        poses=least,
        run=None,
        why=None,
    )
    return view, ground.sectors


def _stored(
    view: ChipLayerView,
    sources: SiteSources,
    grid: OrthoGrid,
    site: Site,
    pictures: Pictures,
) -> ChipLayerView:
    """The same with the picture of `detect looks` in focus at 0, where there is one that shows the site."""
    areas = [one.area for one in (*sources.light, *sources.thermal)]
    for run in sources.runs:
        if not run.paths[view.layer.value]:
            continue
        rgb, seen = picture_window(run.paths[view.layer.value], grid)
        allowed = np.zeros(seen.shape, dtype=np.bool_)
        for area in areas:
            allowed |= permitted_cells(grid, area)
        seen &= allowed
        middle = seen.shape[0] // 2
        if seen.mean() < _ENOUGH or not seen[middle, middle]:
            continue
        levels = np.where(seen[..., None], rgb.astype(np.float32), np.float32(np.nan))
        sheet = Sheet(rgb=levels, sectors=seen.astype(np.uint8))
        pictures[view.layer, 0.0] = chip_png(levels, stretch_of(sheet), synthetic=site.synthetic)
        poses = PosesUsed.REGISTERED if run.registered else PosesUsed.STATED
        return replace(view, planes_m=view.planes_m or (0.0,), run=poses, why=None)
    return view


def _not_observed(sectors: NDArray[np.uint8] | None) -> Bilingual | None:
    """Why the site counts as not observed, by how many sectors its middle was seen from."""
    if sectors is None:
        return NO_LOOK
    middle = sectors.shape[0] // 2
    near = sectors[middle - 8 : middle + 8, middle - 8 : middle + 8]
    count = int(np.median(near))
    if count >= FEWEST_AZIMUTHS:
        return None
    if count == 0:
        return Bilingual(
            "no look falls on the site: not observed", "ninguna mirada cae en el sitio: no observado"
        )
    word_en, word_es = ("sector", "sector") if count == 1 else ("sectors", "sectores")
    return Bilingual(
        f"seen from {count} {word_en} of 45° only, {FEWEST_AZIMUTHS} are needed: not observed",
        f"visto solo desde {count} {word_es} de 45°, hacen falta {FEWEST_AZIMUTHS}: no observado",
    )


def _missing(layer: ChipLayer, why: Bilingual) -> ChipLayerView:
    return ChipLayerView(layer=layer, planes_m=(), looks=0, azimuths=0, poses=None, run=None, why=why)
