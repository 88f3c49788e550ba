"""Accounts: what nobody sees makes no second person."""

import pytest

from atalaya.errors import InputError
from atalaya.model.actor import Actor, Role, account_key
from atalaya.model.identifiers import ActorId


@pytest.mark.parametrize("name", ["", "  ", "ana\u200b", "ana\n", "a\u0301na", "ａｎａ", "ana\u202e"])
def test_a_name_that_is_not_plain_visible_text_is_no_account(name):
    with pytest.raises(InputError, match="account name"):
        Actor(ActorId(name), Role.RELEASE_OFFICER)


@pytest.mark.parametrize("name", ["ana", "José Ñáñez", "release.one@sedena"])
def test_a_plain_name_is_an_account(name):
    assert Actor(ActorId(name), Role.IMAGERY_ANALYST).actor_id == name


@pytest.mark.parametrize("other", ["ANA", " ana ", "ana\u200b", "\ufeffana", "ána", "ａｎａ", "a\u00adna"])
def test_names_that_differ_in_nothing_one_sees_are_one(other):
    assert account_key(ActorId(other)) == account_key(ActorId("ana"))


def test_two_names_are_two():
    assert account_key(ActorId("ana maria")) != account_key(ActorId("anamaria"))
    assert account_key(ActorId("ana")) != account_key(ActorId("eva"))
