from app.core.paging import Page, cut


def test_a_page_ends_at_its_limit_and_says_where_the_next_one_begins():
    assert cut([1, 2, 3], 2, lambda row: (row,)) == Page(items=(1, 2), after=(2,))


def test_the_last_page_leads_nowhere():
    assert cut([1, 2], 2, lambda row: (row,)) == Page(items=(1, 2), after=None)
    assert cut([], 2, lambda row: (row,)) == Page(items=(), after=None)
