import pickle

from svcctl.foundation.lazily import Lazily


def test_it_is_made_once_when_it_is_first_read() -> None:
    made: list[int] = []

    def make() -> tuple[str, ...]:
        made.append(1)
        return ("a", "b", "c")

    lazy = Lazily(make)
    assert made == []
    assert len(lazy) == 3
    assert (lazy[1], lazy[1:], list(lazy)) == ("b", ("b", "c"), ["a", "b", "c"])
    assert made == [1]


def test_it_equals_the_tuple_of_its_items_and_is_pickled_as_that() -> None:
    lazy, other = Lazily(lambda: (1, 2)), Lazily(lambda: (1, 2))
    assert lazy == (1, 2)
    assert lazy == other
    assert hash(lazy) == hash((1, 2))
    assert lazy != (1,)
    assert repr(lazy) == "(1, 2)"
    assert pickle.loads(pickle.dumps(lazy)) == (1, 2)
