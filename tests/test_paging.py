# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Pages are read until the answer is complete, whatever limit the server has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astroquery_brokers.paging import PageCursor, Paging


def read(rows, cursor, cap=None):
    """What a server with so many rows, and at most ``cap`` of them in a page, gives to a cursor."""
    seen, asked = [], 0
    while not cursor.done:
        asked += 1
        assert asked < 10000
        size = min(cursor.size, cap or cursor.size)
        page = list(range(rows))[(cursor.number - 1) * size:cursor.number * size]
        seen += page
        cursor.took(len(page))
    return seen, asked


@given(rows=st.integers(0, 5000), cap=st.none() | st.integers(100, 3000), size=st.none() | st.integers(1, 2000))
def test_every_row_is_read_once(rows, cap, size):
    seen, _ = read(rows, PageCursor(Paging(), page_size=size), cap)
    assert seen == list(range(rows))


@given(rows=st.integers(0, 3000), limit=st.integers(1, 3000))
def test_a_limit_is_seen_to_cut_exactly_when_it_does(rows, limit):
    cursor = PageCursor(Paging(), row_limit=limit)
    seen, _ = read(rows, cursor)
    assert cursor.more == (rows > limit)
    assert seen[:limit] == list(range(rows))[:limit]


@pytest.mark.parametrize(("rows", "asked"), [(0, 1), (5, 1), (99, 1), (100, 2), (1000, 2), (1001, 2), (2500, 3)])
def test_few_rows_cost_one_request(rows, asked):
    assert read(rows, PageCursor(Paging()))[1] == asked


def test_one_page_is_one_page():
    cursor = PageCursor(Paging(), page=3, page_size=10)
    assert read(100, cursor) == (list(range(20, 30)), 1)


@pytest.mark.parametrize(("lengths", "asked"), [((50, 20), 2), ((50, 50), 2), ((50, 30, 10), 3), ((7,), 1), ((0,), 1)])
def test_what_the_service_says_about_another_page_counts(lengths, asked):
    cursor, left = PageCursor(Paging(has_next="has_next"), page_size=50), list(lengths)
    pages = []
    while not cursor.done:
        pages.append(cursor.params["page"])
        cursor.took(left.pop(0), bool(left))
    assert pages == list(range(1, asked + 1)) and cursor.rows == sum(lengths)
