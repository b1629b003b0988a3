import pytest

from workbench.core.models import MlpModel
from workbench.core.settings import describe
from workbench.ui.forms.choice_words import choice_words


@pytest.mark.parametrize(
    ("key", "words"),
    [("relu", "ReLU"), ("leaky_relu", "leaky ReLU"), ("kaiming_normal", "kaiming normal")],
)
def test_that_choices_are_written_as_people_write_them(key: str, words: str) -> None:
    assert choice_words(key) == words


def test_that_no_two_choices_of_a_field_read_alike() -> None:
    for spec in describe(MlpModel):
        words = [choice_words(key) for key in spec.choices]
        assert len(set(words)) == len(words)
