# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What AMPEL's archive (version 3) takes in queries and bodies.

The names of the models of bodies are seen by the client: they are in the places of errors (422).
"""

import math
from typing import Annotated, Any, Literal, Optional, Union

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from ..ampel_archive import DEEPEST

__all__ = ["AnyQuery", "Candid", "Chunk", "Cone", "ConePage", "HEALpixRegionCountQuery", "JWTEntry", "Map",
           "ObjectAlerts", "Photopoints", "Pixels", "Programme", "Reading", "TimeRange", "Topic", "TopicQuery"]


# ---- query strings

class Candid(BaseModel):
    candid: int


class JWTEntry(BaseModel):
    token_id: int


class Chunk(BaseModel):
    chunk_id: int


class Programme(BaseModel):
    programid: Optional[int] = None


class ObjectAlerts(Programme):
    jd_start: Optional[float] = None
    jd_end: Optional[float] = None
    with_history: bool = False
    limit: Optional[int] = None
    start: int = 0


class Photopoints(Programme):
    jd_start: Optional[float] = None
    jd_end: Optional[float] = None
    upper_limits: bool = True


class _Page(Programme):
    with_history: bool = False
    chunk_size: int = Field(100, gt=0)
    resume_token: Optional[str] = None


class TimeRange(_Page):
    jd_start: float
    jd_end: float


class Cone(Programme):
    ra: float
    dec: float
    radius: float
    jd_start: float
    jd_end: float


class ConePage(_Page, Cone):
    latest: bool = False


class Pixels(_Page):
    nside: Literal["1", "2", "4", "8", "16", "32", "64", "128", "256", "512", "1024", "2048", "4096", "8192"] = "64"
    ipix: list[int]
    jd_start: float
    jd_end: float
    latest: bool = False


class Reading(BaseModel):
    with_history: bool = True


# ---- bodies

class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


_Operator = Literal["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin"]
_Term = Annotated[dict[_Operator, Any], BeforeValidator(lambda term: term if isinstance(term, dict) else {"$eq": term})]
_Candidate = Optional[dict[str, _Term]]


class ConeConstraint(_Strict):
    ra: float
    dec: float
    radius: float = Field(gt=0, lt=10)


class TimeConstraint(_Strict):
    lt: Optional[float] = Field(None, alias="$lt")
    gt: Optional[float] = Field(None, alias="$gt")


class StrictTimeConstraint(_Strict):
    lt: float = Field(alias="$lt")
    gt: float = Field(alias="$gt")


class AlertQuery(_Strict):
    candidate: _Candidate = None
    cone: Optional[ConeConstraint] = None
    jd: TimeConstraint = TimeConstraint()
    chunk_size: int = Field(100, ge=0, le=10000)

    @model_validator(mode="before")
    @classmethod
    def _constrained(cls, values):
        if isinstance(values, dict) and not {"cone", "jd"} & set(values):
            raise ValueError("At least one constraint (cone or jd) must be specified")
        return values


class ObjectQuery(_Strict):
    candidate: _Candidate = None
    objectId: Union[str, list[str]]
    jd: TimeConstraint = TimeConstraint()
    chunk_size: int = Field(100, ge=0, le=10000)


class Region(_Strict):
    nside: int = Field(gt=0, le=DEEPEST)
    pixels: list[int]

    @field_validator("nside")
    @classmethod
    def _power(cls, nside):
        if not math.log2(nside).is_integer():
            raise ValueError("nside must be a power of 2")
        return nside


class HEALpixRegionCountQuery(_Strict):
    candidate: _Candidate = None
    jd: StrictTimeConstraint
    regions: list[Region]


class _MapPage(_Strict):
    latest: bool = False
    with_history: bool = False
    with_cutouts: bool = False
    chunk_size: int = Field(100, gt=0, le=10000)
    resume_token: Optional[str] = None


class HEALpixRegionQuery(_MapPage, HEALpixRegionCountQuery):
    pass


class _MapTerms(_Strict):
    candidate: _Candidate = None
    jd: StrictTimeConstraint


class HEALpixMapQuery(_MapPage, _MapTerms, Region):
    pass


Map = Union[HEALpixMapQuery, HEALpixRegionQuery]
AnyQuery = Union[AlertQuery, ObjectQuery, HEALpixRegionQuery]


class Topic(BaseModel):
    description: str
    candids: list[int]


class TopicQuery(_Strict):
    topic: str
    chunk_size: int = Field(100, ge=100, le=10000)
    start: Optional[int] = Field(None, ge=0)
    stop: Optional[int] = Field(None, ge=1)
    step: Optional[int] = Field(None, gt=0)
