import pickle

import pytest

from svcctl.foundation.record import Record, assembled, spot


class Point(Record):
    x: int
    y: int = 0
    where: str = spot(default="nowhere", kw_only=True)


class Named(Point):
    name: str = ""


def test_a_record_is_equal_by_class_and_fields_but_not_by_spots() -> None:
    assert Point(1, 2) == Point(1, y=2, where="here")
    assert hash(Point(1, 2)) == hash(Point(1, 2, where="here"))
    assert Point(1, 2) != Point(2, 2)
    assert Point(1, 2) != Named(1, 2)


def test_a_subclass_adds_fields_after_those_of_its_base() -> None:
    assert Named(1, 2, "a").name == "a"
    assert repr(Named(1)) == "Named(x=1, y=0, name='')"


def test_a_record_cannot_be_changed_but_copied_with_changes() -> None:
    point = Point(1, where="here")
    with pytest.raises(AttributeError, match="immutable"):
        point.x = 2  # type: ignore[misc]
    assert point.replace(x=2) == Point(2)
    assert point.replace(x=2).where == "here"
    with pytest.raises(TypeError, match="no field `z`"):
        point.replace(z=1)


def test_an_assembled_record_is_like_any_other() -> None:
    point = assembled(Point, {"x": 1, "y": 2, "where": "here"})
    assert point == Point(1, 2)
    assert hash(point) == hash(Point(1, 2))
    assert (point.where, point.replace(y=3).y) == ("here", 3)
    with pytest.raises(AttributeError, match="immutable"):
        point.x = 2  # type: ignore[misc]


def test_wrong_fields_are_refused() -> None:
    with pytest.raises(TypeError, match="needs `x`"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="no field `z`"):
        Point(1, z=2)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="takes 2 values"):
        Point(1, 2, 3)  # type: ignore[call-arg, arg-type]


def test_records_match_patterns_and_survive_pickling() -> None:
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)
    assert pickle.loads(pickle.dumps(Named(1, 2, "a"))) == Named(1, 2, "a")
