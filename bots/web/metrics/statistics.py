"""`GET /api/llm/stats`: how often a model was there when wanted, what changing models took, and who is asked how much.

Since the ledger began, exactly: every number is counted in the move that it tells of.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from bots.web.doors import Scope, needs
from bots.web.metrics.scraping import look
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.errors import StoreUnavailable
from tasks.jobs.fleet_values import Tally
from tasks.jobs.measures import Histogram, Measures, ModelMeasures

MEDIAN, TAIL = 0.5, 0.95
DIGITS = 4


def router(site: Site) -> APIRouter:
    """Return the route of the statistics."""
    routes = APIRouter(prefix="/api/llm")

    @routes.get("/stats", dependencies=[needs(Scope.READ)])
    async def stats() -> Response:
        """Return hit rate, swap time and use of all models, of each model and of each host."""
        seen = await look(site)
        if seen is None:
            raise StoreUnavailable("Redis did not answer", next_step="ask again once it is back")
        counted, total = seen.stats.by_model(), seen.stats.total
        told = {
            **_told(total, _together(seen.measures), total.served),
            "models": {
                slug: _told(counted.get(slug, Tally()), seen.measures.model(slug), total.served) for slug in seen.slugs
            },
            "hosts": {host: _counted(seen.stats.host(host), total.served) for host in seen.stats.hosts},
        }
        return JSONResponse(told, headers=FRESH_ONLY)

    return routes


def _told(tally: Tally, measured: ModelMeasures, all_served: int) -> dict[str, Any]:
    """Return all of a model, or of all. `hits` are jobs whose model was in memory when they came."""
    return {
        "jobs": tally.submitted,
        "hits": tally.hits,
        "hit_rate": _rounded(tally.hit_rate),
        **_counted(tally, all_served),
        "cached_replies": measured.cached,
        "notices": dict(measured.errors),
        "seconds": {
            "response": _spread(measured.response.get("reply", Histogram())),
            "wait": _spread(measured.wait),
            "first_token": _spread(measured.first_token),
            "load": _spread(measured.load),
        },
    }


def _counted(tally: Tally, all_served: int) -> dict[str, Any]:
    """Return what is counted where it happens: a hit happens at no host."""
    return {
        "replies": tally.served,
        "share": _rounded(tally.served / all_served) if all_served else None,
        "tokens": {"prompt": tally.prompt_tokens, "completion": tally.completion_tokens},
        "loads": {"count": tally.loads, "failed": tally.failed_loads, "average_s": _rounded(tally.load_s)},
        "swaps": {"count": tally.swaps, "forced": tally.forced, "average_s": _rounded(tally.swap_s)},
    }


def _together(measures: Measures) -> ModelMeasures:
    """Return what was counted of all models together."""
    each = list(measures.by_model.values())
    causes = {cause for one in each for cause in one.errors}
    return ModelMeasures(
        response={"reply": Histogram.sum(one.response.get("reply", Histogram()) for one in each)},
        wait=Histogram.sum(one.wait for one in each),
        first_token=Histogram.sum(one.first_token for one in each),
        load=Histogram.sum(one.load for one in each),
        errors={cause: sum(one.errors.get(cause, 0) for one in each) for cause in sorted(causes)},
        cached=sum(one.cached for one in each),
    )


def _spread(told: Histogram) -> dict[str, float | int | None]:
    """Return how long something took; the quantiles are as near as the buckets tell."""
    return {
        "count": told.count,
        "average": _rounded(told.mean_s),
        "p50": _rounded(told.quantile_s(MEDIAN)),
        "p95": _rounded(told.quantile_s(TAIL)),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
