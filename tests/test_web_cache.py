from entente.web.cache import Cache, Kept


def kept(body):
    return Kept('W/"x"', "", b"", (), body)


def test_an_answer_is_found_by_its_key():
    cache = Cache(10_000)
    cache.put(("a",), kept(b"answer"))

    assert cache.get(("a",)) == kept(b"answer")
    assert cache.get(("b",)) is None


def test_what_was_used_longest_ago_goes_first():
    cache = Cache(5000)
    for name in "abcd":
        cache.put((name,), kept(b"x" * 200))
    cache.get(("a",))
    cache.put(("e",), kept(b"x" * 200))

    assert [name for name in "abcde" if cache.get((name,))] == ["a", "c", "d", "e"]


def test_an_answer_beyond_the_bound_is_not_kept():
    cache = Cache(2000)
    cache.put(("a",), kept(b"x" * 2000))

    assert (cache.get(("a",)), cache.size_bytes) == (None, 0)


def test_keys_count_too():
    cache = Cache(5000)
    cache.put(("x" * 3000,), kept(b""))
    cache.put((b"y" * 3000,), kept(b""))

    assert cache.get(("x" * 3000,)) is None
    assert cache.size_bytes == 1024 + 3000


def test_an_answer_that_is_put_twice_counts_once():
    cache = Cache(10_000)
    for _ in range(3):
        cache.put(("a",), kept(b"12345"))

    assert cache.size_bytes == 1024 + 1 + 5
